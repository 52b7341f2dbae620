"""Delta sync: the changes since the last request of a client."""
