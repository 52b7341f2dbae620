"""Authentication: passwords, sessions and tokens."""
