"""The code that views share: Blueprint, schema fields, request parsing, responses, cursors, idempotency."""
