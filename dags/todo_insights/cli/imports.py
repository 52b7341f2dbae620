"""Hide an optional package from Python's import system, so that a command starts faster."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


@contextmanager
def without(package: str) -> Iterator[None]:
    """Within the block, an import of this package fails as if the package were not installed.

    pyarrow.dataset imports pandas if pandas is installed, and that import takes longer than a query.
    """
    finder = _Missing(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Missing(MetaPathFinder):
    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == self.package:
            raise ModuleNotFoundError(f"{name} is hidden from imports to start faster", name=name)
        return None
