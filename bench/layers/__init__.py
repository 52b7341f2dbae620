"""The CPU time of each layer of the API: `make bench-layers`."""
