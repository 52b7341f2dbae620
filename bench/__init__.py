"""Measurements for any machine. Tests never assert a duration."""
