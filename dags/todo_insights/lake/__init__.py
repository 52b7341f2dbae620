"""The lake: tables, files, catalog, and how a partition becomes visible."""
