"""The board: one tile for each bed of a ward."""
