"""`make top`: shows the signals of a local product in the terminal, as operators see them on AWS."""
