"""The modules that every package of the API uses: time, ids, errors, settings, database and signing keys."""
