"""The data that the DAGs read and write, as Airflow assets.

The name of each table's asset is the name of the table in the catalog. The names are repeated here, because a
DAG file must not import the pipeline while Airflow parses it. A test compares the two lists of names.
"""

from airflow.sdk import Asset

# Two collections of the database: the change log, and the figures that the API returns.
CHANGES = Asset("changes", group="database")
INSIGHTS = Asset("insights", group="database")

BRONZE_TASKS = Asset("bronze_task_changes", group="bronze")
BRONZE_USERS = Asset("bronze_user_changes", group="bronze")
SILVER_TASKS = Asset("silver_task_changes", group="silver")
SILVER_USERS = Asset("silver_user_changes", group="silver")
SILVER_REJECTS = Asset("silver_rejects", group="silver")
GOLD_USERS = Asset("gold_user_activity", group="gold")
GOLD_CATEGORIES = Asset("gold_category_activity", group="gold")
GOLD_USERS_DAILY = Asset("gold_user_activity_daily", group="gold")
GOLD_CATEGORIES_DAILY = Asset("gold_category_activity_daily", group="gold")
GOLD_HOURS = Asset("gold_hours", group="gold")

HOURLY = [
    BRONZE_TASKS,
    BRONZE_USERS,
    SILVER_TASKS,
    SILVER_USERS,
    SILVER_REJECTS,
    GOLD_USERS,
    GOLD_CATEGORIES,
]
DAILY = [GOLD_USERS_DAILY, GOLD_CATEGORIES_DAILY]
