"""A month at one bed at full speed: the real loop, rules, inputs, glass and log under a clock that jumps."""
