"""Sample activity of plausible users, written through the stores that requests use."""
