"""`python -m bench.layers.worker PORT FILE`: measures the application with and without one of its layers.

The program reads lines of JSON with an operation, a layer and a number of rounds. It prints for each line the
CPU time of the complete application, and the cost of the layer, in µs per request. The application is the
same with and without the layer: a switch turns the layer off. Two applications would differ in speed, even
with the same code, because their objects are at different places in memory (docs/decisions/0074).
"""

import functools
import gc
import json
import pickle
import pkgutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask

# The functions of each layer, grouped by the way in which the layer is turned off:
# HOOKS: Flask does not call the functions of this module before or after a request.
# REPEATED: these functions return the result of an earlier call in the same operation.
# COMPILED: these functions return a function, and the returned function does what REPEATED describes.
# SKIPPED: these functions do nothing.
HOOKS = {
    "rate limits": "webapp.limits",
    "log line": "webapp.http.request_log",
    "security headers": "webapp.http.headers",
    "compression": "webapp.http.compression",
}
REPEATED = {
    "JWT": ["webapp.auth.token_reader:TokenReader.read"],
    "reads (store and database)": ["webapp.tasks.store:TaskStore.get", "webapp.tasks.store:TaskStore.page"],
    "writes (change and database)": ["webapp.changes.log:ChangeLog.commit"],
    "JSON out": ["webapp.http.application:OrjsonProvider.dumps"],
    "JSON in": ["webapp.rest.parsing:parse_json"],
}
COMPILED = {"load": "webapp.rest.compiled:compile_load", "dump": "webapp.rest.compiled:compile_dump"}
SKIPPED = {"revocation": "webapp.auth.sessions:Sessions.check"}
# A layer without functions: nothing is turned off. The cost of this layer should be 0, so its measured cost
# shows the error of the method.
NOTHING = "nothing"
LAYERS = [*HOOKS, *REPEATED, *COMPILED, *SKIPPED, NOTHING]
# The number of measured requests in each turn, and the number of requests that are sent before these. The
# latter are not measured, because the previous turn has left other code in the caches of the processor.
MEASURED, UNMEASURED = 6, 2


class Switch:
    """Turns one layer off, for one operation; `off` is the name of the layer that is off, or empty."""

    def __init__(self) -> None:
        self.off = self.operation = ""

    def repeated(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that calls `function`, or repeats its first result while the layer is off."""
        results: dict[str, Any] = {}

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.off != layer:
                return function(*args, **kwargs)
            if self.operation not in results:
                results[self.operation] = function(*args, **kwargs)
            result = results[self.operation]
            return dict(result) if type(result) is dict else result

        return call

    def skipped(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does nothing while the layer is off."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            return None if self.off == layer else function(*args, **kwargs)

        return call

    def install(self) -> None:
        """Replace the functions of the layers; call this before the modules that use them are imported."""
        for layer, paths in REPEATED.items():
            for path in paths:
                _replace(path, functools.partial(self.repeated, layer))
        for layer, path in SKIPPED.items():
            _replace(path, functools.partial(self.skipped, layer))
        for layer, path in COMPILED.items():
            _replace(path, functools.partial(self._compiled, layer))

    def _compiled(self, layer: str, compiler: Callable[..., Any]) -> Callable[..., Any]:
        return lambda schema: self.repeated(layer, compiler(schema))


class Meter:
    """Measures an application with and without a layer, in turns of a few requests.

    `send` sends an operation to the application a number of times.
    """

    def __init__(self, app: Flask, send: Callable[[str, int], None], switch: Switch) -> None:
        self._send = send
        self._switch = switch
        self._hooks: list[list[Any]] = [app.before_request_funcs[None], app.after_request_funcs[None]]
        self._all = [list(hooks) for hooks in self._hooks]

    def measure(self, operation: str, layer: str, rounds: int) -> tuple[float, float]:
        """Return the CPU time of the complete application and the cost of the layer, in µs per request.

        The CPU time is the median of the rounds; the cost is the mean of the middle half of the differences.
        In each round, the layer is measured in the order on, off, off, on, so that a change of the speed of
        the machine cancels out.
        """
        totals, costs = list[float](), list[float]()
        for _ in range(rounds):
            first, second = self._turn(operation, ""), self._turn(operation, layer)
            third, fourth = self._turn(operation, layer), self._turn(operation, "")
            totals.append((first + fourth) / 2)
            costs.append((first - second - third + fourth) / 2)
        return statistics.median(totals), _typical(costs)

    def _turn(self, operation: str, off: str) -> float:
        self._switch.operation, self._switch.off = operation, off
        module = HOOKS.get(off)
        for hooks, complete in zip(self._hooks, self._all, strict=True):
            hooks[:] = [hook for hook in complete if _module(hook) != module]
        self._send(operation, UNMEASURED)
        # Only the CPU time of this thread counts, because pymongo has threads that monitor the database.
        started = time.thread_time()
        self._send(operation, MEASURED)
        return (time.thread_time() - started) / MEASURED * 1e6


def main() -> None:
    """Build the application with the switch, then measure."""
    port, recording = int(sys.argv[1]), Path(sys.argv[2])
    switch = Switch()
    switch.install()
    # The application is imported here, after the functions are replaced, because the import of the views
    # compiles their schemas.
    from bench.peers import in_process
    from webapp.core.logs import configure_logging

    configure_logging()
    app = in_process.application(port)
    # The server's workers also exempt the application from garbage collection (`webapp.server.worker`).
    gc.freeze()
    operations = in_process.operations(pickle.loads(recording.read_bytes()))  # noqa: S301  # our own file
    meter = Meter(app, lambda name, count: in_process.send(app, operations[name], count), switch)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(meter.measure(*json.loads(line))) + "\n")
        sys.stdout.flush()


def _typical(figures: list[float]) -> float:
    """Return the mean of the middle half of the figures; extreme figures do not change this mean."""
    found, cut = sorted(figures), len(figures) // 4
    return statistics.fmean(found[cut : len(found) - cut])


def _module(hook: Callable[..., Any]) -> str:
    """Return the module that defines a function, a method, or the function of a `partial`."""
    return str(getattr(hook, "func", hook).__module__)


def _replace(path: str, change: Callable[[Any], Any]) -> None:
    patch(path.replace(":", "."), change(pkgutil.resolve_name(path))).start()


if __name__ == "__main__":
    main()
