"""The screen: what changed of a picture goes over the bus to the display chip."""
