"""Sample activity: plausible users and tasks, written through the same stores as requests."""
