"""Casts, arithmetic and functions of one value: each is translated without the rest of the query."""
