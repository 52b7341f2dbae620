"""Benchmarks and load tests of the product. They run on any machine, and no test checks a duration."""
