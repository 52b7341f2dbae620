"""Delta sync: the change feed, with which a client keeps a copy of its data up to date."""
