"""The handling of every request, independent of its view: errors, headers, logging, availability."""
