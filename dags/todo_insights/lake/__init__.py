"""The lake: the definitions of its tables, and its files in local folders or on S3."""
