"""What helped: answers before and after music, by playlist and by time of day."""
