"""Code that the DAG files share: the policy of all DAGs, the assets, and the connections of a task."""
