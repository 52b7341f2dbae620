"""Compares HTTP servers that could serve the API: `make bench-servers`."""
