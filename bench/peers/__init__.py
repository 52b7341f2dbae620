"""Compares the API with its peers, small to-do APIs of other frameworks: `make bench`."""
