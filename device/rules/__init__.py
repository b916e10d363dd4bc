"""The rules of a box: state, events and effects. Pure: no clock, no thread, no input or output."""
