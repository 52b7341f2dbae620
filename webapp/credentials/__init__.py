"""Credentials: signing keys, the database login, and their rotation with Secrets Manager."""
