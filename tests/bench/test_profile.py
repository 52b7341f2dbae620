"""The share of each step in the samples of a profiler."""

import pytest

from bench.pipelines.profile import shares_of

_RUN = "main (measure.py:20);ours.<locals>.run (contenders.py:60)"


def test_sample_counts_for_the_innermost_step() -> None:
    shares = shares_of(
        "\n".join(
            [
                # This sample does not count, because it was taken during imports, before the run.
                "main (measure.py:19);ours (contenders.py:26);_find_and_load (<frozen importlib>:1) 50",
                f"{_RUN};bronze_of (bronze.py:57);decode_batches (bronze.py:148) 5",
                f"{_RUN};decode_batches (bronze.py:149);types_look_right (bson.py:40) 1",
                f"{_RUN};process_from (process.py:88);Lake.write (storage.py:38) 4",
            ]
        )
    )

    assert {step: share for step, share in shares.items() if share} == pytest.approx(
        {"decode BSON (pymongoarrow)": 50, "check BSON types": 10, "other": 40}
    )
