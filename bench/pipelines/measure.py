"""`python -m bench.pipelines.measure NAME SOURCE TARGET`: measures one pipeline in this process.

Writes an object with the keys `changes`, `cpu`, `seconds`, `peak_mb` and `bytes` as JSON. `cpu` is the CPU
seconds of the run and its child processes, without imports. `peak_mb` includes the memory of the imported
libraries. `bytes` is the size of the Parquet files.
"""

import json
import resource
import sys
import time
from pathlib import Path

from bench.pipelines.contenders import CONTENDERS


def main(name: str, source: str, target: str) -> None:
    """Run one pipeline and write its figures."""
    folder = Path(target)
    run = CONTENDERS[name](Path(source), folder)
    cpu, began = _cpu_seconds(), time.monotonic()
    changes = run()
    report = {
        "changes": changes,
        "cpu": _cpu_seconds() - cpu,
        "seconds": time.monotonic() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        # The pipeline publishes the files of several slices by hard links, so each file counts once.
        "bytes": sum(
            {each.st_ino: each.st_size for each in map(Path.stat, folder.rglob("*.parquet"))}.values()
        ),
    }
    sys.stdout.write(json.dumps(report))


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main(*sys.argv[1:])
