"""The page of one bed: assigning music, stopping it, its settings."""
