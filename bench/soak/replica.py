"""A local copy of a user's data, as a client keeps it up to date from the change feed."""

from dataclasses import dataclass, field
from typing import Any

from bench.soak.expected_state import ConsistencyError, ExpectedState, Task, require_equal

NEVER = "9999"


@dataclass
class Replica:
    """The newest version of each entity from the feed, and its image if the entity is not deleted.

    `snapshot_end` is the end of the snapshot as an ISO 8601 string; the feed must contain every later change.
    """

    cursor: str | None = None
    snapshot_end: str = NEVER
    versions: dict[str, int] = field(default_factory=dict)
    images: dict[str, Task] = field(default_factory=dict)

    def apply(self, item: dict[str, Any]) -> None:
        """Apply an item of the feed; raises ConsistencyError if the previous change is missing."""
        name, version, held = item["id"], item["version"], self.versions.get(item["id"], 0)
        if version <= held:
            return
        # The snapshot omits deleted entities. The feed then repeats the changes of the last seconds before
        # the end of the snapshot, so these changes can contain an entity that the replica does not know.
        late = item["at"] > self.snapshot_end and item["op"] != "restored"
        if item["op"] != "snapshot" and (held or late) and version != held + 1:
            raise ConsistencyError(f"the feed skips from version {held} of {name} to {version}")
        self.versions[name] = version
        image = item["task"] or item["user"]
        if image is None:
            self.images.pop(name, None)
        else:
            self.images[name] = image

    def check(self, expected: ExpectedState) -> None:
        """Raise ConsistencyError if the replica has images or versions that the API has not acknowledged."""
        current, acknowledged = (
            {**expected.tasks, expected.user_id: expected.profile},
            expected.versions,
        )
        if ahead := [name for name, version in self.versions.items() if version > acknowledged.get(name, 0)]:
            raise ConsistencyError(f"the feed has unacknowledged versions of {', '.join(ahead)}")
        level = {name for name in current if self.versions.get(name) == current[name]["version"]}
        require_equal({name: current[name] for name in level}, [self.images[name] for name in level])

    def is_complete(self, expected: ExpectedState) -> bool:
        """Return whether the replica equals the acknowledged state."""
        return self.images == {**expected.tasks, expected.user_id: expected.profile}
