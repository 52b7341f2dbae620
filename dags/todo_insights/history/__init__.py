"""History: rebuild Silver and Gold of many days from Bronze on Spark, with the functions of the hourly run.

Spark only distributes the names of files: each Python worker reads one Bronze file with pyarrow and processes
it as an hourly task processes a slice. The change log and the database are not needed.
"""
