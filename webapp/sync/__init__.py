"""Delta sync: what changed since a client last asked."""
