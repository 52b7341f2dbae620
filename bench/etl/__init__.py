"""Time and memory of the pipeline for one hour, from planning to write-back: `make bench-steps`."""
