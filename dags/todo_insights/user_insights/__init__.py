"""The insights of each user, which the API reads."""
