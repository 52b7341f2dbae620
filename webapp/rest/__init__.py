"""What views are built from: Blueprint, schema fields, request parsing, responses, cursors, idempotency."""
