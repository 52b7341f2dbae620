"""Users: registration and profiles."""
