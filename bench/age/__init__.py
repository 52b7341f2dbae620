"""Measures the cost of one pipeline run in lakes of different ages."""
