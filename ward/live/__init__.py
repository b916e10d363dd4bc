"""The one stream of a browser: which beds and boxes changed."""
