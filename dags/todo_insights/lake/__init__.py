"""The lake: its tables and files, and the catalog, through which readers find the files of each partition."""
