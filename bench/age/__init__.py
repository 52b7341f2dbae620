"""The cost of one hour in young and old lakes."""
