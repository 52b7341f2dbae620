#!/bin/sh
# Resolves the pins of requirements/*.in into lock files that hold for Python 3.11 and 3.12.
# Airflow's are resolved under the pins of the MWAA image, dags/constraints.txt, as pip is bound by them there.
# MWAA_CONSTRAINTS=file puts the pins of another image in their place.
set -eu

uv=$(ls -d .cache/uv-*/bin/uv | tail -n 1)
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url "$@"
}

compile requirements/web.in -o requirements.txt
compile requirements/dev.in -c requirements.txt -o requirements/dev.txt
if [ -n "${MWAA_CONSTRAINTS:-}" ]; then
    {
        grep '^apache-airflow==' requirements/airflow.in
        grep '^[A-Za-z0-9]' "$MWAA_CONSTRAINTS"
    } | LC_ALL=C sort -fu >dags/constraints.txt
fi
compile requirements/airflow.in -c dags/constraints.txt -o requirements/airflow.txt
compile requirements/airflow-next.in -o requirements/airflow-next.txt
compile requirements/scan.in -o requirements/scan.txt
compile requirements/deploy.in -o requirements/deploy.txt
