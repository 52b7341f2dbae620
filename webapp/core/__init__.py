"""The modules that every package of the API uses: time, ids, errors, settings, text and log lines."""
