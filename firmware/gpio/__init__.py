"""The lines of the board: which pin is which, and how they are read and set."""
