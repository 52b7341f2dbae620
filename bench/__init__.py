"""Measurements that run on any machine. Tests do not check durations."""
