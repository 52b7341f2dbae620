"""The code that runs for every request, for any view: errors, headers, logging, the circuit breaker."""
