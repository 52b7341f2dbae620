# The commands of this repository; `make help` lists them. Commands read variables (make run PORT=9000) from the
# environment.
SHELL := /bin/sh
.DEFAULT_GOAL := help
# Containers often set this variable. It is emptied here, because with it each process of Airflow and of the tests would
# compile its modules again.
export PYTHONDONTWRITEBYTECODE :=

IN := .venv/bin
# `make api` needs few packages. It uses a virtualenv of its own until `make run` or `make setup` has installed all packages.
API_IN := $(if $(wildcard .venv/ready),.venv,.venv-api)
READY := .venv/ready .venv-airflow/ready
# Only tests need the other virtualenvs: DAG tests use the newest Airflow too, template tests use the scanners, and deployment
# tests use Sceptre.
TESTABLE := $(READY) .venv-airflow-next/ready .venv-scan/ready .venv-deploy/ready
TYPESCRIPT_CLIENT := tests/clients/typescript

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/ready ## Create the virtualenvs with pinned versions
	@$(MAKE) --no-print-directory --silent --jobs 2 $(TESTABLE)
	@echo "Everything is installed. Next: make run"

.venv/ready: requirements/dev.txt requirements.txt tools/setup.sh
	@tools/setup.sh .venv requirements/dev.txt

.venv-api/ready: requirements/api.txt tools/setup.sh
	@tools/setup.sh .venv-api requirements/api.txt

.venv-airflow/ready: requirements/airflow.txt tools/setup.sh
	@tools/setup.sh .venv-airflow requirements/airflow.txt

.venv-airflow-next/ready: requirements/airflow-next.txt tools/setup.sh
	@tools/setup.sh .venv-airflow-next requirements/airflow-next.txt

.venv-scan/ready: requirements/scan.txt tools/setup.sh
	@tools/setup.sh .venv-scan requirements/scan.txt

.venv-deploy/ready: requirements/deploy.txt pyproject.toml tools/setup.sh
	@tools/setup.sh .venv-deploy requirements/deploy.txt

run: $(READY) ## Start database, API and Airflow  [PORT= AIRFLOW_PORT= MONGODB_PORT= DATA_DIR= START_SECONDS=1800 UNHEALTHY_SECONDS=60 STOP_SECONDS=15]
	@$(IN)/python -m tools run

api: $(API_IN)/ready ## Start database and API without Airflow  [PORT= MONGODB_PORT= DATA_DIR= START_SECONDS=1800 UNHEALTHY_SECONDS=60 STOP_SECONDS=15]
	@$(API_IN)/bin/python -m tools api

# $(value): without it, make would expand dollar signs in the SQL statement.
query: export override SQL := $(value SQL)
# make passes the variables, such as FROM, to these programs in the environment, and the programs check the values.
etl query report status compact maintain recover sample-data rebuild repair: .venv/ready
	@$(IN)/python -m tools $@

etl: ## Run the pipeline for a range of hours, without Airflow  [FROM=2026-11-20T00 TO=2026-11-21T00 DATA_DIR=]
query: ## Query the lake with Athena SQL  SQL="SELECT ..." [QUERY=business_kpis FILE=my.sql FORMAT=table|json|csv DATA_DIR=]
report: ## Write the team report of the days before TO to a file  [FROM=2026-11-01 TO=2026-11-29 OUTPUT=report.html DATA_DIR=]
status: ## Show which hours are published  [FROM=2026-11-20T00 TO=2026-11-21T00 DATA_DIR=]
compact: ## Merge the hourly partitions of complete days  [FROM=2026-11-20 TO=2026-11-21 DATA_DIR=]
maintain: ## Delete superseded files and check the lake  [DATA_DIR=]
recover: ## Recover a lost catalog from the files of the lake  [DATA_DIR=]
sample-data: ## Write sample activity  [USERS=50 DAYS=3 SEED=7 DATA_DIR=]
rebuild: ## Rebuild a lost database from the lake (flask changes rebuild --from-lake)  [DATA_DIR=]
repair: ## Complete changes that a crash interrupted (flask changes repair)  [DATA_DIR=]

queries: .venv/ready ## List the queries of docs/athena for make query QUERY=
	@$(IN)/python -m tools.generators.query_library list

smoke: .venv/ready ## Test a running deployment as a user would  BASE_URL=http://localhost:8000 [LAKE=local|athena://WORKGROUP/DATABASE DATA_DIR=]
	@$(IN)/python -m tools.smoke

top: .venv/ready ## Show requests, errors, database, pipeline, alarms and log lines of the local product  [ONCE=1 DATA_DIR=]
	@PYTHONPATH=.:dags $(IN)/python -m tools.top

drill: $(READY) ## Cause incidents in a local product, and check alarms, logs and runbooks  [DRILL="disk full, stuck DAG" DRILL_HOLD=1]
	@PYTHONPATH=.:dags $(IN)/python -m tools.drill

restore-drill: .venv/ready ## Lose the database and the lake of a local product, and measure their recovery  [USERS=50 DAYS=3]
	@PYTHONPATH=.:dags $(IN)/python -m tools.drill.restore

pictures: .venv/ready ## Renew the pictures in the README: insights page and team report (chromium)
	@PYTHONPATH=.:dags $(IN)/python -m tests.browser.pictures
	@PYTHONPATH=.:dags $(IN)/python -m tests.browser.report_picture

.venv-spark/ready: requirements/spark.txt tools/setup.sh
	@tools/setup.sh .venv-spark requirements/spark.txt

spark: .venv-spark/ready ## Install PySpark for the DAG todo_history_rebuild (needs Java 17)
	@java -version 2>/dev/null || { echo "Java is missing. Install version 17, such as: apt-get install openjdk-17-jre-headless" >&2; exit 1; }

test-spark: .venv/ready spark ## Test the rebuild of history on a local Spark, also of a month  [HOURS=744]
	@$(if $(HOURS),HISTORY_HOURS=$(HOURS)) $(IN)/python -m pytest tests/dags/history $(ARGS)

history-archive: .venv-spark/ready ## Build Python and packages for todo_history_rebuild on EMR (on Amazon Linux 2023)
	@.venv-spark/bin/python -m tools.history_archive

record-athena: .venv/ready ## Record what Trino, the engine of Athena, answers to the test queries (needs Java 24 or newer)  [TRINO_HOME=]
	@PYTHONPATH=.:dags $(IN)/python -m tests.dags.sql.trino.record
	@PYTHONPATH=.:dags $(IN)/python -m tests.dags.sql.score

airflow: $(READY) ## Run Airflow's command line  ARGS="backfill create --dag-id ..." [DATA_DIR=]
	@$(IN)/python -m tools airflow -- $$ARGS

synth: .venv/ready ## Generate the CloudFormation templates and docs/stacks.md
	@$(IN)/python -m cloudformation synth
	@$(IN)/python -m cloudformation graph

# Sceptre deploys the stacks. ARGS are passed to its commands.
ENV ?= dev
STACKS := $(ENV)$(if $(STACK),/$(STACK).yaml)
REGION := : "$${AWS_DEFAULT_REGION:?must be the region of AWS, such as us-east-1}" &&
SCEPTRE := $(REGION) PYTHONPATH=. .venv-deploy/bin/sceptre --dir cloudformation
plan: .venv-deploy/ready ## Show what a deployment to AWS would change  [ENV=dev STACK=webapp]
	@$(SCEPTRE) diff $(ARGS) $(STACKS)

deploy: .venv-deploy/ready ## Create or update an environment on AWS  [ENV=dev STACK=webapp ALERT_EMAIL= CERTIFICATE_ARN= DATABASE_SNAPSHOT=]
	@$(SCEPTRE) launch --yes $(ARGS) $(STACKS)
	@$(SCEPTRE) --output yaml list outputs $(STACKS)

destroy: .venv-deploy/ready ## Delete an environment with all its data  [ENV=dev ARGS=--yes CONFIRM=]
	@$(if $(STACK),echo "make destroy deletes all stacks of $(ENV): leave out STACK." >&2; exit 2)
	@$(SCEPTRE) delete $(ARGS) $(ENV)

drift: .venv-deploy/ready ## Show manual changes of resources on AWS  [ENV=dev]
	@$(SCEPTRE) drift show --drifted $(ARGS) $(STACKS)

outputs: .venv-deploy/ready ## Show the stack outputs on AWS  [ENV=dev]
	@$(SCEPTRE) --output yaml list outputs $(ARGS) $(STACKS)

.venv-bench-peers/ready: requirements/bench-peers.txt tools/setup.sh
	@tools/setup.sh .venv-bench-peers requirements/bench-peers.txt

bench: .venv/ready .venv-api/ready .venv-bench-peers/ready ## Compare the API with other frameworks, and write docs/benchmarks.md  [ROUNDS=6]
	@$(IN)/python -m bench.peers $${ROUNDS:+--rounds "$$ROUNDS"}

bench-layers: .venv/ready .venv-bench-peers/ready ## Measure the CPU time of each layer of the API  [ROUNDS=40]
	@$(IN)/python -m bench.layers $${ROUNDS:+--rounds "$$ROUNDS"}

bench-profile: .venv/ready .venv-bench-peers/ready ## Draw flame graphs of the API in artefacts/flame-graphs
	@$(IN)/python -m bench.layers --flame-graphs

bench-embedded: .venv/ready ## Measure requests per second of the API on the embedded database
	@$(IN)/python -m bench.api

.venv-bench-servers/ready: requirements/bench-servers.txt tools/setup.sh
	@tools/setup.sh .venv-bench-servers requirements/bench-servers.txt

bench-servers: .venv/ready .venv-bench-servers/ready ## Compare HTTP servers for the API: their CPU cost, and how they serve slow and difficult clients
	@$(IN)/python -m bench.servers

parse-times: $(READY) .venv-airflow-next/ready ## Measure how long both Airflow versions take to parse each DAG file
	@$(IN)/python -m bench.parse_times

bench-dag: $(READY) ## Measure the CPU seconds of all tasks of one hour in Airflow  [SETTLE=300 IMPORTS=scheduler]
	@$(IN)/python -m bench.dag_hour $${SETTLE:+--settle "$$SETTLE"} $${IMPORTS:+--imports "$$IMPORTS"}

bench-start: $(READY) ## Start the product on a busy machine, several times  [ATTEMPTS=10]
	@$(IN)/python -m bench.starts $${ATTEMPTS:+--attempts "$$ATTEMPTS"}

.venv-bench-etl/ready: requirements/bench-etl.txt tools/setup.sh
	@tools/setup.sh .venv-bench-etl requirements/bench-etl.txt

bench-etl: .venv/ready .venv-bench-etl/ready ## Compare the CPU time of our pipeline with three other pipelines, and write docs/benchmarks-pipeline.md  [CHANGES="20000 200000"]
	@$(IN)/python -m bench.pipelines $${CHANGES:+--changes $$CHANGES}

bench-etl-profile: .venv/ready .venv-bench-peers/ready ## Sample the pipeline: cost of each step, and a flame graph  [CHANGES=200000]
	@$(IN)/python -m bench.pipelines.profile $${CHANGES:+--changes "$$CHANGES"}

bench-steps: .venv/ready ## Measure each step of the pipeline for one hour  [CHANGES=10000 LIMITS="1000000 250000"]
	@$(IN)/python -m bench.etl $${CHANGES:+--changes "$$CHANGES"} $${LIMITS:+--limits $$LIMITS}

bench-age: .venv/ready ## Measure the cost of one hour in young and old lakes  [HOURS=900 CHANGES=10000 OLDER="100000 10000000" DAYS="1 730" REPEAT=3]
	@PYTHONPATH=.:dags $(IN)/python -m bench.age $${HOURS:+--hours "$$HOURS"} $${CHANGES:+--changes "$$CHANGES"} $${OLDER:+--older $$OLDER} $${DAYS:+--days $$DAYS} $${REPEAT:+--repeat "$$REPEAT"}

bench-report: .venv/ready ## Measure the cost of the team report  [DAYS=90 USERS=500]
	@PYTHONPATH=.:dags $(IN)/python -m bench.report $${DAYS:+--days "$$DAYS"} $${USERS:+--users "$$USERS"}

bench-plan: .venv/ready ## Measure the task plan_windows  [CHANGES=6000]
	@PYTHONPATH=.:dags $(IN)/python -m bench.age.plan $${CHANGES:+--changes "$$CHANGES"}

bench-slices: .venv/ready ## Measure tasks of an hour that is cut into 1, 2 and 4 slices  [CHANGES=200000]
	@PYTHONPATH=.:dags $(IN)/python -m bench.capacity.slices $${CHANGES:+--changes "$$CHANGES"}

bench-writes: .venv/ready ## Measure the CPU time and database commands of a write
	@PYTHONPATH=.:dags $(IN)/python -m bench.capacity.writes

bench-rebuild: .venv/ready spark ## Compare a rebuild of history with and without Spark  [CHANGES=20000 HOURS=24]
	@PYTHONPATH=.:dags $(IN)/python -m bench.capacity.rebuild $${CHANGES:+--changes "$$CHANGES"} $${HOURS:+--hours "$$HOURS"}

simulate: .venv/ready ## Compute what a load needs and costs on AWS, and what fails first  WRITES=1000
	@PYTHONPATH=.:dags $(IN)/python -m bench.capacity $${WRITES:-1000}

soak: .venv/ready ## Simulate users while the database is killed, and check that no write is lost  [MINUTES=10 USERS=20 KILLS=3 DATA_DIR=]
	@$(IN)/python -m bench.soak

test: $(TESTABLE) ## Run the tests
	@$(IN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

clients: $(TYPESCRIPT_CLIENT)/node_modules/.package-lock.json ## Install the packages for the test of the TypeScript client (needs Node.js 20 or newer)
	@echo "The packages for the TypeScript client are installed. Next: make test"

$(TYPESCRIPT_CLIENT)/node_modules/.package-lock.json: $(TYPESCRIPT_CLIENT)/package.json $(TYPESCRIPT_CLIENT)/package-lock.json
	@npm ci --prefix $(TYPESCRIPT_CLIENT)

fuzz: .venv/ready ## Test the API with generated requests  [CASES=10000]
	@$(IN)/python -m tests.fuzzing

fuzz-cost: .venv/ready ## Compare the cost of hostile requests with valid requests of the same size
	@$(IN)/python -m bench.request_cost

end-to-end: $(READY) ## Test the pipeline with Airflow, a local AWS server and injected faults  [HOURS=48]
	@BACKFILL_HOURS=$${HOURS:-48} $(IN)/python -m pytest tests/system/lake --durations=10

sweeps: .venv/ready ## Run all kills, faults and generated cases; `make test` runs only a sample of them
	@ALL_CASES=1 $(IN)/python -m pytest -m sampled -n auto --durations=10 $(ARGS)

check: .venv/ready .venv-scan/ready ## Check style, types, imports, templates and generated files without changing them
	@$(MAKE) --no-print-directory --jobs 2 .check-types .check-rest

.check-types:
	@$(IN)/mypy

.check-rest:
	@$(IN)/ruff check . && $(IN)/ruff format --check .
	@PYTHONPATH=.:dags $(IN)/lint-imports
	@$(IN)/python -m webapp.apidocs check
	@$(IN)/python -m tools.generators.dag_docs check
	@$(IN)/python -m tools.generators.day_views check
	@$(IN)/python -m tools.generators.query_library check
	@PYTHONPATH=.:dags $(IN)/python -m tools.generators.data_dictionary check
	@PYTHONPATH=.:dags $(IN)/python -m bench.capacity check
	@$(IN)/python -m cloudformation synth --check
	@$(IN)/python -m cloudformation graph --check
	@$(IN)/cfn-lint -c I -- cloudformation/templates/*/*.json
	@$(IN)/python -m tools.scan

fix: .venv/ready ## Fix style, and regenerate the generated pages of docs/
	@$(IN)/ruff check --fix . ; $(IN)/ruff format .
	@$(IN)/python -m webapp.apidocs write
	@$(IN)/python -m tools.generators.dag_docs write
	@$(IN)/python -m tools.generators.day_views write
	@$(IN)/python -m tools.generators.query_library write
	@PYTHONPATH=.:dags $(IN)/python -m tools.generators.data_dictionary write
	@PYTHONPATH=.:dags $(IN)/python -m bench.capacity write

lock: ## Resolve requirements/*.in into lock files (uses the package index)  [MWAA_CONSTRAINTS=file]
	@tools/lock.sh

clean: ## Delete the virtualenvs and caches, but no data
	rm -rf .venv* .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache $(TYPESCRIPT_CLIENT)/node_modules artefacts

# The targets with a description are commands, not files.
.PHONY: $(shell awk -F: '/^[a-z-]+:.*## / { print $$1 }' $(firstword $(MAKEFILE_LIST)))
