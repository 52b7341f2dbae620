"""Page cursors: opaque, signed, and bound to the list they belong to."""

from collections.abc import Mapping

from itsdangerous import BadData, URLSafeSerializer

from webapp.errors import BadRequest


def write_cursor(secret: str, owner_id: str, filters: Mapping[str, str], last_id: str) -> str:
    """Name the place after `last_id` in the owner's list with these filters."""
    return str(_serializer(secret).dumps([owner_id, sorted(filters.items()), last_id]))


def read_cursor(secret: str, owner_id: str, filters: Mapping[str, str], cursor: str) -> str:
    """Return the id that the cursor stands after; raises BadRequest for any cursor but one of this list."""
    try:
        owner, bound, last_id = _serializer(secret).loads(cursor)
    except (BadData, ValueError):
        raise BadRequest("This cursor is not one of ours; start again without one.") from None
    if owner != owner_id or bound != [list(item) for item in sorted(filters.items())]:
        raise BadRequest("This cursor belongs to another list; start again without one.")
    return str(last_id)


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="task-page")
