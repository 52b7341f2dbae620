"""House behaviour laid over the libraries, one module per library or concern."""
