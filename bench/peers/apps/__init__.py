"""The peers: small to-do APIs, each written as the documentation of its framework recommends.

The peers run in a separate virtualenv, and read `MONGODB_URI` and `BENCH_SECRET` from the environment.
"""

import os

MONGODB_URI = os.environ.get("MONGODB_URI", "")
SECRET = os.environ.get("BENCH_SECRET", "")
DATABASE = "bench"
STATUSES = ["pending", "in_progress", "completed", "cancelled"]
PRIORITIES = ["low", "medium", "high", "urgent"]
