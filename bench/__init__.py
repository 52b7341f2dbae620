"""Measurements that anybody can repeat; tests never assert a time."""
