"""The history rebuild: compute Silver and Gold of many days again from Bronze, on Spark.

Spark only distributes the names of files. Each Python worker reads one Bronze file with pyarrow and processes
it with the functions of the hourly run, as an hourly task processes a slice. The history rebuild
does not need the change log or the database.
"""
