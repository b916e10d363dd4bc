"""A month at one bed at full speed: the real loop, rules, inputs, screen and log under a clock that jumps."""
