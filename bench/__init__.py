"""Measurements, which can be run on any machine; tests do not check durations."""
