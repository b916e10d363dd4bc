"""What pages draw of time: days and nights, sessions, the marks that stand for them."""
