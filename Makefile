# The commands of this repository; `make help` lists them. Variables given as NAME=value reach the commands
# through the environment.
SHELL := /bin/sh
.DEFAULT_GOAL := help

IN := .venv/bin
EXEC := $(IN)/python -m tools exec --
READY := .venv/ready .venv-airflow/ready
# The tests of the DAGs also run on the newest Airflow, and those of templates need the scanners; nothing else does.
TESTABLE := $(READY) .venv-airflow-next/ready .venv-scan/ready
WALK := tests/clients/typescript

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(TESTABLE) ## Make the virtualenvs with pinned versions
	@echo "Everything is installed. Next: make run"

.venv/ready: requirements/dev.txt requirements.txt tools/setup.sh
	@tools/setup.sh .venv requirements/dev.txt

.venv-airflow/ready: requirements/airflow.txt tools/setup.sh
	@tools/setup.sh .venv-airflow requirements/airflow.txt

.venv-airflow-next/ready: requirements/airflow-next.txt tools/setup.sh
	@tools/setup.sh .venv-airflow-next requirements/airflow-next.txt

.venv-scan/ready: requirements/scan.txt tools/setup.sh
	@tools/setup.sh .venv-scan requirements/scan.txt

run: $(READY) ## Run everything: database, API and Airflow  [PORT= AIRFLOW_PORT= MONGODB_PORT= DATA_DIR=]
	@$(IN)/python -m tools run

api: .venv/ready ## Run the database and the API alone  [PORT= MONGODB_PORT= DATA_DIR=]
	@$(IN)/python -m tools api

etl: .venv/ready ## Process hours without Airflow  [FROM=2026-11-20T00 TO=2026-11-21T00 DATA_DIR=]
	@$(EXEC) $(IN)/python -m todo_insights run $${FROM:+--from "$$FROM"} $${TO:+--to "$$TO"}

# As given: make would read the dollar signs of a statement as variables.
query: export override SQL := $(value SQL)
query: .venv/ready ## Ask the lake in Athena SQL  SQL="SELECT ..." [FORMAT=table|json|csv DATA_DIR=]
	@$(IN)/python -m tools lake -- $(IN)/python -m todo_insights query "$${SQL:-SELECT * FROM business_metrics_kpis}" \
		$${FORMAT:+--format "$$FORMAT"}

status: .venv/ready ## Show which hours are published  [FROM= TO= DATA_DIR=]
	@$(EXEC) $(IN)/python -m todo_insights status $${FROM:+--from "$$FROM"} $${TO:+--to "$$TO"}

compact: .venv/ready ## Fold complete days into daily partitions  [FROM=2026-11-20 TO=2026-11-21 DATA_DIR=]
	@$(IN)/python -m tools lake -- $(IN)/python -m todo_insights compact $${FROM:+--from "$$FROM"} $${TO:+--to "$$TO"}

maintain: .venv/ready ## Remove superseded files, check the lake and report  [DATA_DIR=]
	@$(IN)/python -m tools lake -- $(IN)/python -m todo_insights maintain

record-athena: .venv/ready ## Record Trino's answers to the corpus of queries (Java 24 or newer)  [TRINO_HOME=]
	@PYTHONPATH=.:dags $(IN)/python -m tests.dags.sql.trino.record
	@PYTHONPATH=.:dags $(IN)/python -m tests.dags.sql.score

airflow: $(READY) ## Use Airflow's command line  ARGS="backfill create --dag-id ..." [DATA_DIR=]
	@$(IN)/python -m tools airflow -- $$ARGS

sample-data: .venv/ready ## Write sample activity  [USERS=50 DAYS=3 SEED=7 DATA_DIR=]
	@$(EXEC) $(IN)/flask sample-data $${USERS:+--users "$$USERS"} $${DAYS:+--days "$$DAYS"} $${SEED:+--seed "$$SEED"}

rebuild: .venv/ready ## Bring a lost database back from the lake (flask changes rebuild --from-lake)  [DATA_DIR=]
	@$(EXEC) $(IN)/flask changes rebuild --from-lake

repair: .venv/ready ## Roll forward every change that a crash left unfinished (flask changes repair)  [DATA_DIR=]
	@$(EXEC) $(IN)/flask changes repair

synth: .venv/ready ## Write the CloudFormation templates, and draw them to docs/stacks.svg
	@$(IN)/python -m cloudformation synth
	@$(IN)/python -m cloudformation graph

# Arguments go through, as in ARGS="--stack webapp --certificate arn:...".
plan deploy destroy drift outputs: .venv/ready
	@$(IN)/python -m cloudformation $@ --env $${ENV:-dev} $$ARGS

plan: ## Show what a deployment to AWS would change  [ENV=dev ARGS="--stack webapp"]
deploy: ## Bring an environment up on AWS  [ENV=dev ARGS="--alert-email who@example.com --certificate ARN"]
destroy: ## Delete an environment with all its data  [ENV=dev ARGS=--yes]
drift: ## Show what was changed by hand on AWS  [ENV=dev]
outputs: ## Show names and addresses on AWS  [ENV=dev ARGS=--json]

bench: .venv/ready ## Measure the API on an embedded server of its own
	@$(IN)/python -m bench.api

parse-times: $(READY) .venv-airflow-next/ready ## Measure how long each DAG file takes to parse, on both Airflows
	@$(IN)/python -m bench.parse_times

bench-etl: .venv/ready ## Measure an hour of the pipeline, step by step  [CHANGES=10000 LIMITS="1000000 250000"]
	@$(IN)/python -m bench.etl $${CHANGES:+--changes "$$CHANGES"} $${LIMITS:+--limits $$LIMITS}

soak: .venv/ready ## Users at work for minutes while the database is killed  [MINUTES=10 USERS=20 KILLS=3 DATA_DIR=]
	@$(IN)/python -m bench.soak

test: $(TESTABLE) ## Run the tests
	@$(IN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

clients: $(WALK)/node_modules/.package-lock.json ## Install what the test of the TypeScript client needs (Node.js 20 or newer)
	@echo "The TypeScript client can be generated. Next: make test"

$(WALK)/node_modules/.package-lock.json: $(WALK)/package.json $(WALK)/package-lock.json
	@npm ci --prefix $(WALK)

fuzz: .venv/ready ## Try the API with generated requests  [CASES=10000]
	@$(IN)/python -m tests.fuzzing

end-to-end: $(READY) ## Prove the pipeline on Airflow and a stand-in for AWS, faults included  [HOURS=48]
	@BACKFILL_HOURS=$${HOURS:-48} $(IN)/python -m pytest tests/system/lake --durations=10

check: .venv/ready .venv-scan/ready ## Check style, types, imports, templates and generated files; changes nothing
	@$(IN)/ruff check . && $(IN)/ruff format --check .
	@$(IN)/mypy
	@PYTHONPATH=.:dags $(IN)/lint-imports
	@$(IN)/python -m webapp.apidocs check
	@$(IN)/python -m tools.dag_docs check
	@$(IN)/python -m cloudformation synth --check
	@$(IN)/python -m cloudformation graph --check
	@$(IN)/cfn-lint -c I -- cloudformation/templates/*/*.json
	@$(IN)/python -m tools.scan

fix: .venv/ready ## Repair style, and renew docs/openapi.json and docs/dags.md
	@$(IN)/ruff check --fix . ; $(IN)/ruff format .
	@$(IN)/python -m webapp.apidocs write
	@$(IN)/python -m tools.dag_docs write

lock: ## Resolve requirements/*.in anew (reads the package index)  [MWAA_CONSTRAINTS=file]
	@tools/lock.sh

clean: ## Remove the virtualenvs and caches; data stays
	rm -rf .venv .venv-airflow .venv-airflow-next .venv-scan .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache $(WALK)/node_modules artefacts

.PHONY: help setup run api etl query status compact maintain record-athena airflow sample-data rebuild repair synth plan deploy destroy drift outputs bench parse-times bench-etl soak test fuzz end-to-end clients check fix lock clean
