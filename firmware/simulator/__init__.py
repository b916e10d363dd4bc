"""The box without its hardware: mock pins, an emulated screen chip and a page with the panel.

People press on the page, tests press on `SimulatedBox`; the drivers above cannot tell it from a box.
"""
