"""The devices page: which boxes need a person."""
