"""Rules for backup and maintenance windows: at night (UTC), maintenance on Sunday, and without overlap.

https://docs.aws.amazon.com/documentdb/latest/developerguide/db-instance-maintain.html
"""

import re

from tests.cloudformation.rules.core import Json, Rule, of_type

CLUSTER, AIRFLOW = "AWS::DocDB::DBCluster", "AWS::MWAA::Environment"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, LEAST = 24 * 60, 30
SUNDAY = DAYS.index("sun") * DAY
# Periods in minutes of the day: backups end at 3:00, and users start to work at 6:00.
BACKUP, NIGHT = range(2 * 60, 3 * 60), range(6 * 60)
_DAY, _TIME = f"({'|'.join(DAYS)}):", r"([01]\d|2[0-3]):([0-5]\d)"


def _minutes(text: str) -> range | None:
    """Return the minutes of a window since the start of the day or week; None for an invalid window."""
    found = re.fullmatch(rf"({_DAY})?{_TIME}-({_DAY})?{_TIME}", text)
    if found is None or (found[2] is None) != (found[6] is None):
        return None
    start, end = (
        DAY * (DAYS.index(day) if day else 0) + 60 * int(hour) + int(minute)
        for day, hour, minute in (found.group(2, 3, 4), found.group(6, 7, 8))
    )
    return range(start, end)


def _within(window: range, night: range) -> bool:
    return window.start in night and window[-1] in night


def wrong_windows(template: Json) -> list[str]:
    """List database windows that DocumentDB would refuse, and windows that are not at night."""
    findings = []
    for name, cluster in of_type(template, CLUSTER).items():
        for key, begin in (("PreferredBackupWindow", 0), ("PreferredMaintenanceWindow", SUNDAY)):
            window = _minutes(str(cluster.get(key)))
            night = range(begin, begin + NIGHT.stop)
            if window is None or len(window) < LEAST or not _within(window, night):
                findings.append(f"{name} {key} {cluster.get(key)}")
    return findings


def overlapping_windows(template: Json) -> list[str]:
    """List databases whose backup overlaps with the maintenance."""
    findings = []
    for name, cluster in of_type(template, CLUSTER).items():
        backup = _minutes(str(cluster.get("PreferredBackupWindow")))
        upkeep = _minutes(str(cluster.get("PreferredMaintenanceWindow")))
        if not backup or not upkeep or {minute % DAY for minute in upkeep} & {*backup}:
            findings.append(name)
    return findings


def wrong_airflow_windows(template: Json) -> list[str]:
    """List environments of Airflow whose maintenance does not start on Sunday between 3:00 and 6:00.

    The backup of the database ends at 3:00, and users start to work at 6:00.
    https://docs.aws.amazon.com/mwaa/latest/userguide/maintenance-window.html
    """
    findings = []
    for name, environment in of_type(template, AIRFLOW).items():
        start = str(environment.get("WeeklyMaintenanceWindowStart"))
        found = re.fullmatch(rf"SUN:{_TIME}", start)
        minute = 60 * int(found[1]) + int(found[2]) if found else -1
        if minute not in NIGHT or minute < BACKUP.stop:
            findings.append(f"{name} {start}")
    return findings


RULES: list[Rule] = [wrong_windows, overlapping_windows, wrong_airflow_windows]
