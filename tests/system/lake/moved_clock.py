"""The API with a clock that tests can set; gunicorn serves the application that `build()` returns.

The file CLOCK_FILE contains the offset of this clock from the real time, in seconds.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from webapp.app import create_app
from webapp.core.clock import to_milliseconds, utc_now
from webapp.core.settings import Settings
from webapp.database.connection import connect


def set_clock(file: Path, moment: datetime) -> None:
    """Set the clock of the API to `moment`, from which it continues to run."""
    file.with_suffix(".new").write_text(f"{moment.timestamp() - datetime.now(UTC).timestamp()}")
    file.with_suffix(".new").rename(file)


def build() -> Flask:
    file = Path(os.environ["CLOCK_FILE"])

    def clock() -> datetime:
        shifted = utc_now().timestamp() + float(file.read_text())
        return to_milliseconds(datetime.fromtimestamp(shifted, UTC))

    settings = Settings.from_environment()
    return create_app(settings, connect(settings), clock)
