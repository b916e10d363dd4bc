"""What a bed's tile says, from rows and the time."""
