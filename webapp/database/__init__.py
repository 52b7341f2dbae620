"""The database: connection, indexes, documents, and the facts about users that each process caches."""
