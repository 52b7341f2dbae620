"""The API measured against APIs of other frameworks: `make bench`."""
