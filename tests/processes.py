"""Calls the same function in four processes at the same moment; each process has its own application."""

import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from multiprocessing.synchronize import Barrier
from typing import Any
from unittest.mock import patch

from flask import Flask

from tests.webapp.conftest import quick_hasher
from webapp.app import create_app
from webapp.auth import hashing
from webapp.core.settings import Settings
from webapp.database.connection import connect
from webapp.http.context import services
from webapp.startup import Startup

PROCESSES = 4

Run = Callable[..., list[Any]]
_together: Barrier


@contextmanager
def four_processes() -> Iterator[Run]:
    """Yield `run`, which calls `function(app, *arguments)` in all processes at the same moment.

    `run` returns the result of each call. `function` must be defined at the top level of a module.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES, _begin, (context.Barrier(PROCESSES),)) as pool:

        def run(function: Callable[..., Any], settings: Settings, *arguments: Any) -> list[Any]:
            calls = [(function, json.dumps(asdict(settings)), arguments)] * PROCESSES
            return pool.starmap(_call, calls, chunksize=1)

        yield run


def in_threads(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Call `act(0)`, `act(1)`, … in `count` threads at the same time; returns the results in this order."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


@cache
def application(settings_json: str) -> Flask:
    """Return the application of this process, ready to serve."""
    settings = Settings(**json.loads(settings_json))
    app = create_app(settings, connect(settings))
    services(app).get(Startup).run_once()
    return app


def _begin(together: Barrier) -> None:
    global _together
    _together = together
    patch.object(hashing, "PasswordHasher", quick_hasher).start()


def _call(function: Callable[..., Any], settings_json: str, arguments: tuple[Any, ...]) -> Any:
    app = application(settings_json)
    _together.wait()
    return function(app, *arguments)
