"""Normalizes text that earlier releases stored, as `webapp.core.text` normalizes new text.

Each step is a conditional write of one document, and can be repeated. So the next run completes an
interrupted run, and the API may serve requests at the same time (docs/decisions/0037).
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from webapp.changes import Build, ChangeLog, Entity, Origin, ProposedChange
from webapp.changes.log import SORT_KEYS_FIELD
from webapp.core.errors import Conflict, NotFound, TodoError
from webapp.core.ids import new_id
from webapp.core.text import TextError, address_key, canonical, clean_address
from webapp.database.connection import Document
from webapp.database.registry import Services
from webapp.tasks.sort_keys import sort_keys
from webapp.users.addresses import Addresses
from webapp.users.emails import EmailClaims
from webapp.users.profiles import Profiles


@dataclass
class NormalizationReport:
    """The numbers of documents that a run checked and rewrote.

    `moved_claims` is the number of addresses with a new key, and `reindexed_tasks` the number of tasks of
    which only the sort keys changed. An entry of `collisions` has the ids of two users with the same address:
    first the user who has no claim on the address, then the user who has the claim.
    """

    users: int = 0
    tasks: int = 0
    changed_users: int = 0
    changed_tasks: int = 0
    reindexed_tasks: int = 0
    moved_claims: int = 0
    collisions: list[tuple[str, str]] = field(default_factory=list)


class Normalizer:
    """Rewrites the profiles, claims on addresses, tasks and sort keys of all users."""

    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._log = services.get(ChangeLog)
        self._profiles = Profiles(self._database, self._log)
        self._claims = EmailClaims(self._database)
        self._addresses = Addresses(self._database, self._profiles, services.clock, new_id)
        self.report = NormalizationReport()

    def user_ids(self) -> list[str]:
        """Return the ids of all users."""
        users = self._database.users.find({"deleted_at": {"$exists": False}}, {"_id": 1})
        return sorted(str(user["_id"]) for user in users)

    def normalize(self, user_id: str) -> None:
        """Rewrite the documents of one user; ignores a user who was erased."""
        user = self._profiles.current(user_id)
        if user is None:
            return
        self.report.users += 1
        if self._move_claim(user):
            self.report.changed_users += self._rewrite(Entity.USER, user, user, _user_text)
        for task in self._tasks(user_id):
            self.report.tasks += 1
            if self._rewrite(Entity.TASK, task, user, _task_text):
                self.report.changed_tasks += 1
            else:
                self.report.reindexed_tasks += self._reindex(task)

    def _tasks(self, user_id: str) -> Iterator[Document]:
        yield from self._database.tasks.find({"user_id": user_id})

    def _move_claim(self, user: Document) -> bool:
        """Move the claim on an address to the key that the present rules compute for the address.

        Returns False if another user has claimed this key.
        """
        user_id, email = user["_id"], user["email"]
        holder = self._claims.holder(email)
        if holder is None or holder.user_id != user_id:
            try:
                self._addresses.claim_for_user(email, user_id)
            except Conflict:
                holder = self._claims.holder(email)
                self.report.collisions.append((user_id, "" if holder is None else holder.user_id))
                return False
            self.report.moved_claims += 1
        if (former := _former_key(email)) != address_key(email):
            self._database.emails.delete_one({"_id": former, "user_id": user_id})
        return True

    def _rewrite(
        self, entity: Entity, document: Document, user: Document, text_of: Callable[[Document], Document]
    ) -> bool:
        """Commit a change with the normalized text; returns False when the text is normalized already."""
        if _differences(document, text_of) == {}:
            return False
        try:
            origin = Origin(user["_id"], user["time_zone"])
            self._log.commit(entity, document["_id"], _rewriting(text_of), origin)
        except (_Unchanged, TodoError):
            # Nothing to do: another process rewrote or deleted the document, or its user was erased.
            return False
        return True

    def _reindex(self, task: Document) -> bool:
        """Replace outdated sort keys, unless the task was changed since it was read."""
        image = {name: value for name, value in task.items() if name != SORT_KEYS_FIELD}
        keys = sort_keys(image)
        if task.get(SORT_KEYS_FIELD) == keys:
            return False
        current = {"_id": task["_id"], "version": task["version"]}
        replaced = self._database.tasks.replace_one(current, {**image, SORT_KEYS_FIELD: keys})
        return replaced.matched_count == 1


class _Unchanged(Exception):
    """The text of the current document is normalized already, so no change is needed."""


def _rewriting(text_of: Callable[[Document], Document]) -> Build:
    def build(current: Document | None, at: datetime) -> ProposedChange:
        if current is None:
            raise NotFound("The document was deleted.")
        different = _differences(current, text_of)
        if not different:
            raise _Unchanged
        return ProposedChange("updated", {**current, **different})

    return build


def _differences(document: Document, text_of: Callable[[Document], Document]) -> Document:
    return {name: value for name, value in text_of(document).items() if value != document.get(name)}


def _user_text(user: Document) -> Document:
    try:
        email = clean_address(user["email"])
    except TextError:
        email = user["email"]
    return {"email": email, "name": canonical(user["name"]) or user["name"]}


def _task_text(task: Document) -> Document:
    """Return the normalized texts of a task; a title that would become empty stays as it is."""
    title, description, category = (task.get(name) or "" for name in ("title", "description", "category"))
    tags = [canonical(tag) for tag in task.get("tags") or ()]
    texts = {
        "title": canonical(title) or title,
        "description": canonical(description),
        "category": canonical(category) or None,
        "tags": [tag for tag in dict.fromkeys(tags) if tag],
    }
    return {name: text for name, text in texts.items() if task.get(name)}


def _former_key(email: str) -> str:
    """Return the key that earlier releases used for an address; these keys did not distinguish ß and ss."""
    return unicodedata.normalize("NFC", email).casefold()
