"""A user's copy of its tasks, kept up to date from the feed of changes as any client would do it."""

from dataclasses import dataclass, field
from typing import Any

from bench.soak.model import Contradiction, Model, Task, expect

NEVER = "9999"


@dataclass
class Mirror:
    """What the feed has told so far: the newest version of each thing, and its image if it has one.

    `whole_since` is when the snapshot was over, as the API writes times; after it nothing may be missing.
    """

    cursor: str | None = None
    whole_since: str = NEVER
    versions: dict[str, int] = field(default_factory=dict)
    images: dict[str, Task] = field(default_factory=dict)

    def apply(self, item: dict[str, Any]) -> None:
        """Take note of an item; raises Contradiction when the feed left out the change before it."""
        name, version, held = item["id"], item["version"], self.versions.get(item["id"], 0)
        if version <= held:
            return
        # The snapshot lacks what was deleted by then, though the changes after it begin some seconds before.
        late = item["at"] > self.whole_since and item["op"] != "restored"
        if item["op"] != "snapshot" and (held or late) and version != held + 1:
            raise Contradiction(f"the feed goes from version {held} of {name} to {version}")
        self.versions[name] = version
        image = item["task"] or item["user"]
        if image is None:
            self.images.pop(name, None)
        else:
            self.images[name] = image

    def check(self, model: Model) -> None:
        """Raise Contradiction when the copy shows something else than was acknowledged, or more."""
        current, acknowledged = {**model.tasks, model.user_id: model.profile}, model.versions
        if ahead := [name for name, version in self.versions.items() if version > acknowledged.get(name, 0)]:
            raise Contradiction(f"the feed tells what was never acknowledged of {', '.join(ahead)}")
        level = {name for name in current if self.versions.get(name) == current[name]["version"]}
        expect({name: current[name] for name in level}, [self.images[name] for name in level])

    def is_complete(self, model: Model) -> bool:
        """Tell whether the copy is all that was acknowledged, and no more."""
        return self.images == {**model.tasks, model.user_id: model.profile}
