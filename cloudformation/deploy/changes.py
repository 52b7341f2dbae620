"""What would become of a stack, as an operator reads it."""

from collections import defaultdict
from collections.abc import Iterable

from cloudformation.account.stack import Json, Stack

WORDS = {"Add": "add", "Modify": "change", "Remove": "REMOVE", "Dynamic": "may change"}
REPLACES = {"True": "REPLACE", "Conditional": "may REPLACE"}


def additions(template: Json) -> list[Json]:
    """Return the changes that a stack begins with."""
    found = template["Resources"].items()
    return [
        {"Action": "Add", "LogicalResourceId": name, "ResourceType": each["Type"]} for name, each in found
    ]


def show(stack: Stack, changes: Iterable[Json]) -> None:
    """Print what would be added, changed, replaced and removed, by the kind of resource."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for change in changes:
        word = REPLACES.get(change.get("Replacement", ""), WORDS[change["Action"]])
        rows[word, change["ResourceType"].removeprefix("AWS::")].append(_named(change))
    table = [(word, kind, ", ".join(names)) for (word, kind), names in sorted(rows.items())]
    stack.environment.progress.table(
        stack.name, ("", "kind", "resources"), table or [("change", "", "outputs alone")]
    )


def _named(change: Json) -> str:
    targets = [each["Target"] for each in change.get("Details", ())]
    causes = sorted({target.get("Name", target["Attribute"]) for target in targets})
    return f"{change['LogicalResourceId']} ({', '.join(causes)})" if causes else change["LogicalResourceId"]
