"""Computes the resources and costs for a load from the measured costs of one change."""
