"""`python -m tools.scan [FOLDER]`: checkov and parliament over the rendered templates, without the network.

Both live in a virtualenv of their own, .venv-scan: they pin versions of boto3 that the product does not use.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tools.errors import ToolError
from tools.places import ROOT
from tools.policies import find_policies

TEMPLATES = ROOT / "cloudformation" / "templates"
BIN = ROOT / ".venv-scan" / "bin"
CHECKOV = ["checkov", "--framework", "cloudformation", "--skip-download", "--output", "json", "--compact"]
PARLIAMENT = ["python", str(ROOT / "tools" / "policy_findings.py")]
# The bucket of access logs cannot log its own access; anything else has to be mended, not hidden.
SUPPRESSED = {("CKV_AWS_18", "AWS::S3::Bucket.LogBucket")}


@dataclass(frozen=True)
class Finding:
    """What a scanner has against a resource."""

    scanner: str
    place: str
    says: str


@dataclass(frozen=True)
class Report:
    """How much was looked at, how many of the checks were suppressed, and what is wrong."""

    checks: int
    policies: int
    suppressed: int
    findings: list[Finding]


def scan(templates: Path) -> Report:
    """Run both scanners, side by side.

    Raises ToolError if the virtualenv is not there, or if a scanner ends without a report.
    """
    if not (BIN / "checkov").exists():
        raise ToolError("The scanners are not installed. Run: make setup")
    policies = [(policy.place, policy.document) for policy in find_policies(templates)]
    if not policies:
        raise ToolError(f"No templates lie below {templates}. Run: python -m cloudformation synth")
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor() as threads:
        parliament = threads.submit(_ask, PARLIAMENT, home, json.dumps(policies))
        results = _ask([*CHECKOV, "--directory", str(templates)], home)["results"]
        wrong = [Finding("parliament", *each) for each in parliament.result()]
    return Report(
        checks=len(results["passed_checks"]) + len(results["failed_checks"]),
        policies=len(policies),
        suppressed=len(results["skipped_checks"]),
        findings=[*_failures(results), *wrong],
    )


def _ask(command: list[str], home: str, question: str = "") -> Any:
    """Run with a home and an environment of its own, so that nobody's settings change the outcome."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        env={"HOME": home, "PATH": f"{BIN}:/usr/bin:/bin"},
        input=question,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        said = f"{command[0]} ended without a report (status {done.returncode}): {done.stderr[-2000:]}"
        raise ToolError(said) from error


def _failures(results: Any) -> Iterator[Finding]:
    for each in results["failed_checks"]:
        yield Finding("checkov", _place(each), f"{each['check_id']}: {each['check_name']}")
    for each in results["skipped_checks"]:
        if (each["check_id"], each["resource"]) not in SUPPRESSED:
            yield Finding("checkov", _place(each), f"{each['check_id']} is suppressed; mend it instead")
    for path in results["parsing_errors"]:
        yield Finding("checkov", str(path), "cannot be read as a template")


def _place(check: Any) -> str:
    return f"{check['file_path'].strip('/').removesuffix('.json')} {check['resource']}"


def main(arguments: list[str], console: Console) -> int:
    """Show what was looked at and what was found; returns 1 if anything is wrong."""
    try:
        report = scan(Path(arguments[0]) if arguments else TEMPLATES)
    except ToolError as error:
        console.print(f"Error: {error}", markup=False, soft_wrap=True)
        return 1
    if report.findings:
        console.print(_table(report.findings))
    console.print(
        f"checkov: {report.checks} checks, {report.suppressed} suppressed; "
        f"parliament: {report.policies} policies; {len(report.findings)} findings",
        highlight=False,
        soft_wrap=True,
    )
    return 1 if report.findings else 0


def _table(findings: list[Finding]) -> Table:
    table = Table("scanner", "where", "what", box=None)
    for each in findings:
        table.add_row(*(escape(text) for text in (each.scanner, each.place, each.says)))
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console()))
