"""The devices page: which boxes need action."""
