"""The code that all views share: Blueprint, fields, request parsing, responses, cursors, idempotency."""
