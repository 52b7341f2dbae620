"""Code that the DAG files share: policy, assets, and the resources of a task."""
