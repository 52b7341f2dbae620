"""What every package of the API builds on: time, ids, errors, settings, the database and the signing keys."""
