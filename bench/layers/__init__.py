"""The CPU time of each layer of the API, such as authentication: `make bench-layers`."""
