"""Whether all that a deployment uploads is there, before the first stack begins."""

from pathlib import Path

from cloudformation.account.finding import Finding, failed, passed
from cloudformation.artefacts import airflow, webapp
from cloudformation.errors import DeployError, explain


def check_checkout(root: Path) -> Finding:
    """Return whether the API's bundle and the DAGs can be made of the files under `root`."""
    try:
        count = len(webapp.contents(root)) + len(airflow.contents(root))
    except (DeployError, OSError) as error:
        return failed("Checkout", explain(error))
    return passed("Checkout", f"{count} files for the API and the DAGs")
