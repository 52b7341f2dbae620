"""Imports libraries in Airflow's scheduler, from which the processes of all tasks are forked.

https://airflow.apache.org/docs/apache-airflow/stable/howto/set-config.html#configuring-local-settings

Airflow imports this module in each of its components. Without this module, each task spends more CPU time on
imports than on its work. The code of the DAGs is not imported here, because tasks must use the newest code.
"""

import sys
from importlib import import_module

__all__: list[str] = []

LIBRARIES = (
    "airflow.providers.amazon.aws.hooks.base_aws",
    "pandas",
    "pyarrow.compute",
    "pyarrow.dataset",
    "pyarrow.fs",
    "pyarrow.parquet",
    "pymongoarrow.api",
)

if "scheduler" in sys.argv:
    for name in LIBRARIES:
        import_module(name)
