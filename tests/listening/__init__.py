"""The listener: whole boxes under random hands, and an ear of its own that holds what they say against what sounds.

It imports nothing of the product: what it knows of a box it knows as a user does,
by its panel, its log and its sound.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded: its threads spin
