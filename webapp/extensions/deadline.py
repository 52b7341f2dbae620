"""How long the database may keep one request waiting, however many calls it makes."""

import pymongo
from flask import Flask, g, request

from webapp.extensions.breaker import needs_database


def init_app(app: Flask, seconds: float) -> None:
    """Give each request this long for the database; then its calls fail, and it is answered 503."""

    def start() -> None:
        if needs_database():
            # Before the clock starts: how slowly a client sends is not the database's fault.
            request.get_data()
            g.deadline = pymongo.timeout(seconds)
            g.deadline.__enter__()

    app.before_request(start)
    app.teardown_request(_stop)


def _stop(error: BaseException | None) -> None:
    if "deadline" in g:
        g.pop("deadline").__exit__(None, None, None)
