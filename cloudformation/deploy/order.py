"""Which stack needs which, and work begun as soon as what it needs is done."""

from collections.abc import Callable, Mapping, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from threading import Event
from typing import Any

from cloudformation.errors import EXPECTED_ERRORS, DeployError, explain


def sources(templates: Mapping[str, Any]) -> dict[str, str]:
    """Return which stack puts out each value."""
    return {name: stack for stack, template in templates.items() for name in template["Outputs"]}


def needs(templates: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return for each stack those whose outputs it takes: {"lake": {"foundation"}}."""
    source = sources(templates)
    return {
        stack: {source[name] for name in template.get("Parameters", {}) if name in source}
        for stack, template in templates.items()
    }


def reverse(graph: Mapping[str, Set[str]]) -> dict[str, set[str]]:
    """Return for each stack those that need it."""
    return {stack: {other for other, needed in graph.items() if stack in needed} for stack in graph}


def run_parallel(graph: Mapping[str, Set[str]], work: Callable[[str], None], stop: Event) -> None:
    """Do the work of each stack in a thread, once that of all it needs is done.

    After a failure nothing new begins, what runs is waited for, and DeployError tells of every failure. On
    Ctrl-C `stop` is set, for the threads that wait for AWS.
    """
    sorter, running, failures = TopologicalSorter(graph), dict[Future[None], str](), list[str]()
    sorter.prepare()
    with ThreadPoolExecutor(max(len(graph), 1)) as pool:
        try:
            while running or (sorter.is_active() and not failures):
                ready = () if failures else sorter.get_ready()
                running |= {pool.submit(work, stack): stack for stack in ready}
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    stack = running.pop(future)
                    try:
                        future.result()
                        sorter.done(stack)
                    except EXPECTED_ERRORS as failure:
                        failures.append(f"{stack}: {explain(failure)}")
        except BaseException:
            stop.set()
            raise
    if failures:
        raise DeployError("\n".join(failures))
