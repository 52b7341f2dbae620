"""`python -m tools.scan [FOLDER]`: scans the rendered templates with checkov and parliament, offline.

Both scanners are installed in .venv-scan, because they pin versions of boto3 that the product does not use.
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

from tools import ToolError
from tools.data_folder import ROOT
from tools.scan.policies import find_policies

TEMPLATES = ROOT / "cloudformation" / "templates"
BIN = ROOT / ".venv-scan" / "bin"
CHECKOV = ["checkov", "--framework", "cloudformation", "--skip-download", "--output", "json", "--compact"]
PARLIAMENT = ["python", str(ROOT / "tools" / "scan" / "run_parliament.py")]
# The only checks that may be suppressed. The first one requires that every bucket has access logs, but the
# bucket that stores these logs must not log to itself. The second one requires reserved concurrency, which
# AWS refuses in a new account.
SUPPRESSED = {
    ("CKV_AWS_18", "AWS::S3::Bucket.LogBucket"),
    ("CKV_AWS_115", "AWS::Lambda::Function.RotationFunction"),
}


@dataclass(frozen=True)
class ScanFinding:
    """A problem that a scanner found in a resource."""

    scanner: str
    location: str
    message: str


@dataclass(frozen=True)
class Report:
    """The number of checks, policies and suppressed checks of a scan, and its findings."""

    checks: int
    policies: int
    suppressed: int
    findings: list[ScanFinding]


def scan(templates: Path) -> Report:
    """Run both scanners in parallel.

    Raises ToolError if the scanners are not installed, there are no templates, or a scanner fails.
    """
    if not (BIN / "checkov").exists():
        raise ToolError("The scanners are not installed. Run: make setup")
    policies = [(policy.location, policy.document) for policy in find_policies(templates)]
    if not policies:
        raise ToolError(f"{templates} contains no templates. Run: python -m cloudformation synth")
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor() as threads:
        parliament = threads.submit(_run_scanner, PARLIAMENT, home, json.dumps(policies))
        results = _run_scanner([*CHECKOV, "--directory", str(templates)], home)["results"]
        policy_findings = [ScanFinding("parliament", *each) for each in parliament.result()]
    return Report(
        checks=len(results["passed_checks"]) + len(results["failed_checks"]),
        policies=len(policies),
        suppressed=len(results["skipped_checks"]),
        findings=[*_failures(results), *policy_findings],
    )


def _run_scanner(command: list[str], home: str, standard_input: str = "") -> Any:
    """Run a scanner and parse its JSON; with an empty home folder, a scanner ignores the user's settings."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        env={"HOME": home, "PATH": f"{BIN}:/usr/bin:/bin"},
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        message = f"{command[0]} failed without a report (status {done.returncode}): {done.stderr[-2000:]}"
        raise ToolError(message) from error


def _failures(results: Any) -> Iterator[ScanFinding]:
    for each in results["failed_checks"]:
        yield ScanFinding("checkov", _location(each), f"{each['check_id']}: {each['check_name']}")
    for each in results["skipped_checks"]:
        if (each["check_id"], each["resource"]) not in SUPPRESSED:
            yield ScanFinding(
                "checkov", _location(each), f"{each['check_id']} is suppressed; fix the resource"
            )
    for path in results["parsing_errors"]:
        yield ScanFinding("checkov", str(path), "is not a valid template")


def _location(check: Any) -> str:
    return f"{check['file_path'].strip('/').removesuffix('.json')} {check['resource']}"


def main(arguments: list[str], console: Console) -> int:
    """Print the findings and a summary; returns 1 if there are findings or the scan fails."""
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


def _table(findings: list[ScanFinding]) -> Table:
    table = Table("scanner", "location", "problem", box=None)
    for each in findings:
        table.add_row(*(escape(text) for text in (each.scanner, each.location, each.message)))
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console()))
