"""Run SQL of Athena on the lake without Athena: DuckDB runs the translated query."""
