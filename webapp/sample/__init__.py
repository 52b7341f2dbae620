"""Sample activity of plausible users, written through the same stores as the writes of requests."""
