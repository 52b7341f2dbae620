"""The pipeline and other ways from BSON to Parquet on the same bytes: `make bench-etl`."""
