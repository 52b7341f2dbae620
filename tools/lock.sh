#!/bin/sh
# Resolves requirements/*.in into lock files for Python 3.11 and 3.12.
# The packages of Airflow obey dags/constraints.txt, the constraints of the MWAA image, as they do on MWAA.
# MWAA_CONSTRAINTS=file replaces these constraints with those of another image.
set -eu

uv=$(ls -d .cache/uv-*/bin/uv | tail -n 1)
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url "$@"
}

compile requirements/web.in -o requirements.txt
compile requirements/dev.in -c requirements.txt -o requirements/dev.txt
compile requirements/api.in -c requirements/dev.txt -o requirements/api.txt
compile requirements/tracing.in -c requirements/dev.txt -o requirements/tracing.txt
if [ -n "${MWAA_CONSTRAINTS:-}" ]; then
    {
        grep '^apache-airflow==' requirements/airflow.in
        grep '^[A-Za-z0-9]' "$MWAA_CONSTRAINTS"
    } | LC_ALL=C sort -fu >dags/constraints.txt
fi
compile requirements/airflow.in -c dags/constraints.txt -o requirements/airflow.txt
compile requirements/spark.in -c dags/constraints.txt -o requirements/spark.txt
compile requirements/airflow-next.in -o requirements/airflow-next.txt
compile requirements/bench-etl.in -o requirements/bench-etl.txt
compile requirements/bench-peers.in -c requirements.txt -o requirements/bench-peers.txt
compile requirements/bench-servers.in -o requirements/bench-servers.txt
compile requirements/scan.in -o requirements/scan.txt
compile requirements/deploy.in -o requirements/deploy.txt
