"""Servers that could serve the API, measured side by side: `make bench-servers`."""
