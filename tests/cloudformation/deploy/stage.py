"""An account and a checkout that commands are given, and what they print and do."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import cloudformation.__main__ as command
from cloudformation.__main__ import Context, main
from cloudformation.account.stack import Environment
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import render, stack_name
from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.state import Stack
from tests.cloudformation.rules import Json

Edit = Callable[[dict[str, Json]], object]


@cache
def _rendered(environment: str) -> dict[Path, str]:
    """Render once for all tests; each gets templates of its own from the text."""
    return render([environment])


@dataclass
class Stage:
    """What the last command did can be asked by `output`, `called` and the account."""

    account: FakeAccount
    root: Path
    monkeypatch: pytest.MonkeyPatch
    environment: str = "dev"
    edits: list[Edit] = field(default_factory=list)
    told: StringIO = field(default_factory=StringIO)
    sleep: Callable[[float], None] | None = None

    def run(self, *arguments: str, answer: str = "") -> int:
        """Give a command; `answer` is what the operator types."""
        self.account.calls.clear()
        self.told = StringIO()
        self.monkeypatch.setattr(sys, "stdin", StringIO(answer))
        self.monkeypatch.setattr(command, "render", lambda environments: _rendered(*environments))
        return main([*arguments, "--env", self.environment], create_context=self._context)

    def change(self, path: str, content: str) -> None:
        """Change a file of the checkout."""
        (self.root / path).write_text(content)

    def edit(self, edit: Edit) -> None:
        """Change the templates, by title of the stack, from the next command on."""
        self.edits.append(edit)

    def keep(self, *titles: str) -> None:
        """Leave out all stacks but these."""
        self.edit(lambda templates: [templates.pop(title) for title in {*templates} - {*titles}])

    def name(self, title: str) -> str:
        """Return what a stack is called."""
        return stack_name(ENVIRONMENTS[self.environment], title)

    def stack(self, title: str) -> Stack:
        """Return a stack of the account."""
        return self.account.stacks[self.name(title)]

    @property
    def output(self) -> str:
        """What the last command printed, without the breaks of lines."""
        return " ".join(self.told.getvalue().split())

    def called(self, *operations: str) -> set[str]:
        """Return the titles of the stacks that the last command asked these operations for."""
        prefix, calls = self.name(""), self.account.calls
        names = {call.stack.rpartition(prefix)[2] for call in calls if call.operation in operations}
        return {name.partition("/")[0] for name in names}

    def _context(self) -> Context:
        console = Console(file=self.told, width=100)
        sleep = self.sleep or self.account.sleep
        return _Edited(self.account.client, sleep, self.account.now, console, self.root, self.edits)


@dataclass(frozen=True)
class _Edited(Context):
    edits: list[Edit] = field(default_factory=list)

    def environment(self, name: str) -> Environment:
        environment = super().environment(name)
        for edit in self.edits:
            edit(environment.templates)
        return environment
