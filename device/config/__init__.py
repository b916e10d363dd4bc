"""What a box is told and has measured of itself: its settings file and its calibration."""
