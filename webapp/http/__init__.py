"""What every request needs, independent of its view: errors, headers, logging, the circuit breaker."""
