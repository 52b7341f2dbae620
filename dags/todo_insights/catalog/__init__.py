"""The catalog of the lake, in SQLite or Glue: the published files of each hour."""
