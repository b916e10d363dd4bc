"""The listener: whole boxes, driven by random hands, and an ear of its own that holds what they say against what sounds.

It imports nothing of the product: what it knows of the box it knows as a user does, by its panel, its files and its sound.
"""

import os

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # read when numpy is loaded: its threads spin, and boxes need the cores
