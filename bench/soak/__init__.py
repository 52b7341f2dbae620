"""`make soak`: simulated users write while the database is killed; no write may be lost or duplicated."""
