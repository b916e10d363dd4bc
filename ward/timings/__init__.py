"""How long common tasks take on a ward."""
