"""The box's log: every entry is numbered, kept through power cuts and deleted only on the ward's receipt."""
