"""The time and memory of the pipeline's steps for one hour: `make bench-steps`."""
