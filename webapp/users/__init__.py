"""Users: registration, profiles, e-mail addresses, passwords and erasure."""
