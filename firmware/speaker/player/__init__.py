"""The player: a process of its own that makes the sound, so that the bedside process can always end it."""
