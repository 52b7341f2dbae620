"""Drills of the database: the database is down, it is slow, or its certificate has expired."""

from datetime import timedelta
from statistics import median

from tools.drill.incident import Fault, Lab, Outcome, Steps
from tools.drill.product import (
    TASKS,
    DrillFailed,
    Product,
    find_line,
    running_api,
    running_database,
    running_product,
    wait_for,
)
from tools.drill.proxy import Authority, proxy_to
from tools.services import database
from tools.supervision.ports import LOOPBACK

# The number of requests while the database is down: more than the alarm DatabaseErrors allows to fail in five
# minutes.
REQUESTS = 15
# The delay of each response of the database. A request that reads tasks waits for at least two responses,
# so it takes longer than OBJECTIVE_MS.
DELAY_SECONDS = 0.4
OBJECTIVE_MS = 500


def database_down(lab: Lab) -> Steps:
    """Kill the database, send requests, and start the database again."""
    folder = lab.new_folder()
    with running_product(folder) as (mongodb, product):
        mongodb.kill()
        line = _require_unavailable(product)
        yield Fault(product, line)
        mongodb.start()
        ended = f"the database was started again; {_wait_until_available(product)}"
    return Outcome(ended, product.usual, product.take_metrics())


def slow_database(lab: Lab) -> Steps:
    """Delay each response of the database; remove the delay to end the fault."""
    folder = lab.new_folder()
    with (
        running_database(folder) as mongodb,
        proxy_to(mongodb.port) as proxy,
        running_api(folder, database.uri(proxy.port)) as product,
    ):
        proxy.delay = DELAY_SECONDS
        if product.statuses(REQUESTS) != {200}:
            raise DrillFailed("with a slow database, some requests fail; they should only take longer")
        line = find_line(product.api_lines(), "request")
        if line["duration_ms"] < OBJECTIVE_MS:
            raise DrillFailed(f"with a slow database, a request took only {line['duration_ms']} ms")
        yield Fault(product, f"{line['operation']} 200, duration_ms {line['duration_ms']:.0f}")
        product.replace_workers()
        emitted = wait_for(lambda: product.take_metrics(REQUESTS), "the API has written no metrics")
        proxy.delay = 0.0
        answers = [product.client.response("GET", TASKS) for _ in range(REQUESTS)]
        milliseconds = 1000 * median(each.elapsed.total_seconds() for each in answers)
        if milliseconds > OBJECTIVE_MS:
            raise DrillFailed(f"after the end of the delay, a request still takes {milliseconds:.0f} ms")
    return Outcome(f"the delay ended; a request takes {milliseconds:.0f} ms", product.usual, emitted)


def expired_certificate(lab: Lab) -> Steps:
    """Let the database present a certificate that expired an hour ago; replace it to end the fault."""
    folder, authority = lab.new_folder(), Authority("The authority of the drill")
    with running_database(folder) as mongodb:
        trusted = folder.path / "authority.pem"
        trusted.write_bytes(authority.pem)
        with proxy_to(mongodb.port, authority.server(folder.path)) as proxy:
            uri = f"mongodb://{LOOPBACK}:{proxy.port}/?tls=true&tlsCAFile={trusted}"
            with running_api(folder, uri) as product:
                proxy.replace_certificate(authority.server(folder.path, valid_for=-timedelta(hours=1)))
                line = _require_unavailable(product)
                if "certificate has expired" not in line:
                    raise DrillFailed(f"the log does not state that the certificate has expired: {line}")
                yield Fault(product, line)
                proxy.replace_certificate(authority.server(folder.path))
                ended = f"the certificate was replaced; {_wait_until_available(product)}"
    return Outcome(ended, product.usual, product.take_metrics())


def _require_unavailable(product: Product) -> str:
    """Check that requests fail as documented; return the log line that states the cause."""
    statuses = product.statuses(REQUESTS)
    # The first request may notice the fault on a connection that was open before; it must get 503 as well.
    if statuses != {503}:
        raise DrillFailed(f"without a database, requests got {sorted(statuses)} instead of 503")
    if product.client.response("GET", "/health").status_code != 200:
        raise DrillFailed("GET /health does not answer without a database")
    line = find_line(product.api_lines(), "database error")
    return f"{line['message']}: {line['exception']}, {line['metadata']['reason']}"


def _wait_until_available(product: Product) -> str:
    seconds = product.wait_until_recovered()
    find_line(product.api_lines(), "the database is available again")
    return f"the API served requests after {seconds:.1f} s, without a restart"
