"""The data of a drill: a drill causes an incident, observes its signals, and ends it as the runbook says."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.data_folder import DataFolder
from tools.drill.airflow import AirflowProduct, running_airflow
from tools.drill.product import Emitted, Product


@dataclass(frozen=True)
class Fault:
    """A product in the faulty state, and the log line or the observation that states the cause.

    `airflow_url` is empty if the product has no Airflow.
    """

    product: Product
    log: str
    airflow_url: str = ""


@dataclass(frozen=True)
class Outcome:
    """How the incident ended, the usual metrics, and the metrics that were emitted during the incident.

    The values of the API and of Airflow are those of one minute; the values of the pipeline are those of one
    run.
    """

    ended: str
    usual: Emitted
    emitted: Emitted


# The steps of a drill are a generator. It causes a fault, yields a description of it, ends the fault, and
# returns the outcome. When the generator is closed, it stops the product.
Steps = Generator[Fault, None, Outcome]


@dataclass
class Lab:
    """Data folders for drills, and a product with Airflow, which the first drill of Airflow starts."""

    root: Path
    _stack: ExitStack = field(default_factory=ExitStack)

    def new_folder(self) -> DataFolder:
        """Create the data folder of a new product."""
        return DataFolder(Path(self._stack.enter_context(TemporaryDirectory(dir=self.root))))

    @cached_property
    def airflow(self) -> AirflowProduct:
        """The product with Airflow, which all drills of Airflow share."""
        return self._stack.enter_context(running_airflow(self.new_folder()))

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *error: object) -> None:
        """Stop Airflow, and delete the folders."""
        self._stack.close()


@dataclass(frozen=True)
class Drill:
    """An incident, the alarm that it must raise within `within_minutes`, and the section of the runbook."""

    name: str
    alarm: str
    within_minutes: int
    runbook: str
    steps: Callable[[Lab], Steps]


# A run publishes an hour about nine minutes after the end of the hour. A drill has no time to wait for runs
# without an incident, so these values are assumed.
USUAL_RUN: Emitted = {
    "LastPublishedHourAgeMinutes": [9.0],
    "RowsExtracted": [100.0],
    "RowsRejected": [0.0],
}
