"""The tracks on this box: what is there, how loud it is, and how it is measured."""
