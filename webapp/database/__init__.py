"""The database: connection, indexes, documents, and the facts that each process keeps."""
