"""Athena's SQL on the lake, without Athena."""
