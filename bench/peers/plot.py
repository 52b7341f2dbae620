"""`python -m bench.peers.plot RESULTS SVG`: draws the plot of docs/benchmarks.md with matplotlib."""

import json
import statistics
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt


def main() -> None:
    """Draw a group of bars for each operation, with one bar for each API."""
    results = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    apis = list(dict.fromkeys(each["api"] for each in results))
    operations = list(results[0]["operations"])
    # With a fixed salt, matplotlib generates the same ids, so the same figures give the same file.
    mpl.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 9})
    figure, axes = plt.subplots(figsize=(9, 3.6), layout="constrained")
    width = 0.8 / len(apis)
    for number, api in enumerate(apis):
        found = [each["operations"] for each in results if each["api"] == api]
        heights = [statistics.median(each[name]["cpu_us"] for each in found) for name in operations]
        places = [place + number * width for place in range(len(operations))]
        bars = axes.bar(places, heights, width * 0.92, label=api)
        axes.bar_label(bars, fmt="%.0f", fontsize=6)
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(operations))], operations)
    axes.set_ylabel("CPU µs per request")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(ncols=len(apis), loc="outside upper center", frameon=False, fontsize=8)
    figure.savefig(sys.argv[2], metadata={"Date": None})


if __name__ == "__main__":
    main()
