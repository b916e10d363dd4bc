"""A file that someone brings becomes a track that a box can play: looked at, measured, brought to one loudness, stored.

One file, one process, one verdict. Knows no ward, no database and no box.
"""
