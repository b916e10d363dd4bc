"""Calibration: a noise, a level meter at the pillow, and the number that comes of both."""
