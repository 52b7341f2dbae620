"""What an operator sees: a live line for each resource in work, and a line that stays once it is done."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

STYLES = {"COMPLETE": "green", "FAILED": "bold red", "PROGRESS": "yellow"}


class Progress:
    """Lines for several stacks at once; without a terminal, every beginning is a line that stays, too."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self.console = console
        self.now = now
        # Held while anything is printed: two threads at once would lose the place of the live lines.
        self._lock = Lock()
        self._running: dict[tuple[str, str], dict[str, Any]] = {}
        self._live = Live(console=console, get_renderable=self._lines, transient=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.clear()
        self._live.stop()

    def log(self, stack: str, text: str | Text, style: str = "") -> None:
        """Print a line that stays."""
        with self._lock:
            self.console.print(_prefixed(stack, Text(style=style).append(text)), soft_wrap=True)

    def table(self, title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """Print a table that stays; a row whose first cell has a word in capitals stands out."""
        headers = [Column(name, overflow="fold") for name in columns]
        table = Table(*headers, title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
        for row in rows:
            first, *others = row
            loud = any(word.isupper() for word in first.split())
            table.add_row(Text(first), *map(Text, others), style="bold red" if loud else "")
        with self._lock:
            self.console.print("", table)

    def event(self, stack: str, event: dict[str, Any]) -> None:
        """Show what has become of a resource; `event` is one of those that describe_stack_events gives."""
        key, working = (stack, event["LogicalResourceId"]), event["ResourceStatus"].endswith("_IN_PROGRESS")
        with self._lock:
            former = self._running.pop(key, event)
            begun = former["Timestamp"]
            if working:
                self._running[key] = {**event, "Timestamp": begun}
        # A resource is begun twice: when it is asked for, and when its service has taken that on.
        told = former is not event and former["ResourceStatus"] == event["ResourceStatus"]
        if not told and not (working and self.console.is_terminal):
            self.log(stack, _line(event, event["Timestamp"] - begun))
        self.tick()

    def tick(self) -> None:
        """Bring the live lines up to date."""
        with self._lock:
            self._live.refresh()

    def _lines(self) -> Text:
        # Cut at the edge: a line that wraps would be counted as one.
        return Text("\n", no_wrap=True, overflow="ellipsis").join(
            _prefixed(stack, _line(event, self.now() - event["Timestamp"]))
            for (stack, _), event in self._running.items()
        )


def clock(took: timedelta) -> str:
    """Return hours, minutes and seconds: 0:07:31."""
    return str(took - timedelta(microseconds=took.microseconds))


def _prefixed(stack: str, text: Text) -> Text:
    return Text.assemble((f"{stack:<12}", "cyan"), text)


def _line(event: dict[str, Any], took: timedelta) -> Text:
    status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
    style = STYLES.get(status.rpartition("_")[2], "")
    text = Text.assemble((f"{status:<18} ", style), f"{clock(took):>8}  ", event["LogicalResourceId"])
    return text.append(f"  {reason}", "red") if status.endswith("_FAILED") else text
