"""What is computed from published hours: the figures of each user, metrics."""
