"""Code that every package uses: errors, hours, settings, logs, and clients of the database and of AWS."""
