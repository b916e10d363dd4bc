"""Notes between shifts: a domain, since more than one page shows them."""
