"""Whether the box's clock can be trusted, and what time it shows."""
