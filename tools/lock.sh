#!/bin/sh
# Resolves the pins of requirements/*.in into lock files that hold for Python 3.11 and 3.12.
# Airflow's are resolved under the constraints file of the MWAA image, or else under the present lock.
set -eu

uv=$(ls -d .cache/uv-*/bin/uv | tail -n 1)
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url "$@"
}

compile requirements/web.in -o requirements.txt
compile requirements/dev.in -c requirements.txt -o requirements/dev.txt
compile requirements/airflow.in -c "${MWAA_CONSTRAINTS:-requirements/airflow.txt}" -o requirements/airflow.txt
compile requirements/airflow-next.in -o requirements/airflow-next.txt
