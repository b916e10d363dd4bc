"""The one stream of a browser: which beds changed."""
