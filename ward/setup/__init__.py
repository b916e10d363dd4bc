"""The administrators' pages of set-up: wards, rooms, beds, hours, defaults, and an installation's first start."""
