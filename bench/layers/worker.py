"""`python -m bench.layers.worker LAYER PORT FILE`: measures the application without one of its layers.

A layer that is switched off does nothing, or returns the result of its first call. If LAYER is "", no layer
is switched off. The program reads lines with an operation and a number of requests, and prints for each line
the CPU time per request in µs.
"""

import gc
import json
import pickle
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

# The ways to switch off a function of a layer. SKIPPED functions do nothing. REPEATED functions return the
# result of their first call. COMPILED functions return a function that returns the result of its first call.
SKIPPED = {
    "revocation": "webapp.auth.sessions:Sessions.check",
    "log line": "webapp.http.request_log:init_app",
    "security headers": "webapp.http.headers:init_app",
    "compression": "webapp.http.compression:init_app",
}
REPEATED = {
    "JWT": ["webapp.auth.token_reader:TokenReader.read"],
    "reads (store and database)": ["webapp.tasks.store:TaskStore.get", "webapp.tasks.store:TaskStore.page"],
    "writes (change and database)": ["webapp.changes.log:ChangeLog.commit"],
    "JSON out": ["webapp.http.application:OrjsonProvider.dumps"],
    "JSON in": ["webapp.rest.parsing:parse_json"],
}
COMPILED = {"load": "webapp.rest.compiled:compile_load", "dump": "webapp.rest.compiled:compile_dump"}
LIMITS = "rate limits"
# A layer without functions: nothing is switched off. The cost of this layer should be 0, so its measured cost
# shows the error of the method.
NOTHING = "nothing"
# The number of requests that are sent, but not measured, before each measurement.
UNMEASURED = 3
LAYERS = [LIMITS, *REPEATED, *COMPILED, *SKIPPED, NOTHING]


def main() -> None:
    """Switch the layer off, then measure requests."""
    layer, port, recording = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    _switch_off(layer)
    # The application is imported here, after the layer is switched off, because the import of the views
    # compiles their schemas.
    from bench.peers import in_process
    from webapp.core.logs import configure_logging

    configure_logging()
    app = in_process.application(port, "" if layer == LIMITS else in_process.LIMIT)
    # The server's workers also exempt the application from garbage collection (`webapp.server.worker`).
    gc.freeze()
    operations = in_process.operations(pickle.loads(recording.read_bytes()))  # noqa: S301  # our own file
    for line in sys.stdin:
        name, count = json.loads(line)
        # These requests are not measured: other workers have replaced the content of the processor's caches.
        in_process.cpu_us(app, operations[name], UNMEASURED)
        sys.stdout.write(f"{in_process.cpu_us(app, operations[name], count)}\n")
        sys.stdout.flush()


def _switch_off(layer: str) -> None:
    if path := SKIPPED.get(layer):
        _replace(path, lambda original: lambda *args, **kwargs: None)
    for path in REPEATED.get(layer, ()):
        _replace(path, _once)
    if path := COMPILED.get(layer):
        _replace(path, lambda original: lambda schema: _once(original(schema)))


def _replace(path: str, change: Callable[[Any], Any]) -> None:
    patch(path.replace(":", "."), change(pkgutil.resolve_name(path))).start()


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls `function` once, and then returns copies of its result."""
    results: list[Any] = []

    def repeat(*args: Any, **kwargs: Any) -> Any:
        if not results:
            results.append(function(*args, **kwargs))
        return dict(results[0]) if type(results[0]) is dict else results[0]

    return repeat


if __name__ == "__main__":
    main()
