"""The resources that a load needs and their costs, computed from measured costs of one change."""
