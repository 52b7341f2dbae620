"""Writes sample activity of plausible users, through the same stores as the requests of real users."""
