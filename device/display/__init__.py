"""What the screen shows: the scenes, the painter's thread and the owner of the screen."""
