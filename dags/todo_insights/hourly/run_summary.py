"""The summary of a run: the published hours, the hours that are not published, and the failed tasks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypedDict

from ..core.text import counted
from .manifest import Manifest, Published, Slice

_COUNTS: tuple[Literal["hours", "changes", "rejects"], ...] = ("hours", "changes", "rejects")


class RunSummary(TypedDict):
    """The result of a run.

    `late`, `damaged` and `erased` list the hours that were processed again, each for the reason in its name.
    `missing` are the run's own hours that are not published, `failed` are the tasks that failed, and
    `trouble` describes problems that did not fail a task.
    """

    hours: int
    changes: int
    rejects: int
    late: list[str]
    damaged: list[str]
    erased: list[str]
    missing: list[str]
    failed: list[str]
    trouble: list[str]


def whole_hours(planned: Iterable[Slice], manifests: Iterable[Manifest]) -> list[Manifest]:
    """The manifests of the hours for which every planned slice was processed.

    An hour with a failed slice is left out. Manifests of an earlier plan of the hour are ignored.
    """
    made = {(each["hour"], each["slice"], each["slices"]): each for each in manifests}
    hours: dict[str, list[Manifest | None]] = {}
    for slice_ in planned:
        hours.setdefault(slice_["hour"], []).append(
            made.get((slice_["hour"], slice_["slice"], slice_["slices"]))
        )
    return [
        manifest
        for hour_slices in hours.values()
        if None not in hour_slices
        for manifest in hour_slices
        if manifest is not None
    ]


def summarize_run(
    hours: Iterable[str],
    published: Sequence[Published],
    states: Mapping[str, str | None],
    trouble: Sequence[str] = (),
) -> RunSummary:
    """The summary of a run of these hours; `states` maps each task of the run to its state."""
    done = {each["hour"] for each in published}
    return RunSummary(
        hours=len(published),
        changes=sum(each["source_count"] for each in published),
        rejects=sum(each["rejects"] for each in published),
        late=[each["hour"] for each in published if each["reason"] == "late"],
        damaged=[each["hour"] for each in published if each["reason"] == "damaged"],
        erased=[each["hour"] for each in published if each["reason"] == "erased"],
        missing=sorted({*hours} - done),
        failed=sorted(task for task, state in states.items() if state in ("failed", "upstream_failed")),
        trouble=list(trouble),
    )


def has_failures(summary: RunSummary) -> bool:
    """Return whether an hour of the run is not published, a task has failed, or there was another problem."""
    return bool(summary["missing"] or summary["failed"] or summary["trouble"])


def summary_text(summary: RunSummary) -> str:
    """The summary as one sentence that names problems first."""
    parts = [*summary["trouble"]]
    parts += [f"not published: {', '.join(summary['missing'])}"] if summary["missing"] else []
    parts += [f"failed: {', '.join(summary['failed'])}"] if summary["failed"] else []
    parts += [
        f"{counted(summary['hours'], 'hour')} published, {counted(summary['changes'], 'change')}, "
        f"{counted(summary['rejects'], 'reject')}"
    ]
    parts += [f"late: {', '.join(summary['late'])}"] if summary["late"] else []
    parts += [f"damaged: {', '.join(summary['damaged'])}"] if summary["damaged"] else []
    parts += [f"after an erasure: {', '.join(summary['erased'])}"] if summary["erased"] else []
    return "; ".join(parts)
