"""The self-test of a box, one line for each part. Makes no sound."""
