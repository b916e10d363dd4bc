"""The starter music: a program with a fixed seed composes, plays, levels and keeps it; knows no box and no ward."""
