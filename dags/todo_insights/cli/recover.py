"""The command `recover`: recover a lost catalog from the files, and print the result."""

from datetime import datetime

from rich.console import Console

from ..catalog.stores import open_stores
from ..core.database import open_database
from ..core.settings import Settings
from ..core.text import counted
from ..maintenance.recovery import recover as recover_catalog


def recover(settings: Settings, now: datetime) -> int:
    """Recover the catalog; returns 1 when an hour has no complete set of published files."""
    with open_database(settings) as database:
        result = recover_catalog(open_stores(settings), database, now)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{counted(result['hours'], 'hour')} recovered, {counted(result['days'], 'day')} compacted")
    if result["reprocessed"]:
        console.print(f"the next run processes again: {', '.join(result['reprocessed'])}")
    if result["lost"]:
        console.print(
            f"without a complete publication: {', '.join(result['lost'])}; "
            "run processes them again if the log contains them"
        )
    return 1 if result["lost"] else 0
