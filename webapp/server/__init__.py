"""The HTTP server: gunicorn manages the processes, waitress reads requests and writes responses."""
