"""What the DAG files of this folder share: their policy, their assets, and what a task works with."""
