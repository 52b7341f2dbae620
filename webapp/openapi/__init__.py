"""Completes the OpenAPI document: adds responses, headers, links and examples to each operation."""
