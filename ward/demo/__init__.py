"""The demo: a made-up ward on one computer, its start page and its three tasks. No installed ward has any of it."""
