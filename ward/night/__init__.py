"""The handover: what a ward's last night was like, one row a bed."""
