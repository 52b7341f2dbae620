"""What every request passes through, whatever its view: identity, errors, headers, logging, availability."""
