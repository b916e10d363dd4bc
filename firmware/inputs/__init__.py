"""From edges of contacts to presses and turns of a person."""
