"""Every state that the box's rules can reach, over a small alphabet; docs/walk.md says what that covers."""
