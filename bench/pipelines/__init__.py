"""Compares our pipeline with other programs that convert the same BSON to Parquet: `make bench-etl`."""
