"""The insights of each user: compute the figures, and write them to the collection that the API reads."""
