"""What an hour of the pipeline costs, from plan to write-back: `make bench-etl`."""
