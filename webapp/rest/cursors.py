"""Page cursors: signed texts that clients do not interpret, each valid for one owner and one kind of list."""

import hashlib
from typing import Any

from itsdangerous import BadData, Serializer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from webapp.core.errors import BadRequest
from webapp.credentials.signing_keys import Keys


class Cursors:
    """Creates and reads the cursors of one kind of list.

    The salt of the signature contains `kind` and the owner, so a cursor of another list or user is rejected
    like a forged cursor. A cursor contains a state, which can be any JSON value.
    """

    def __init__(self, keys: Keys, kind: str) -> None:
        self._keys = keys
        self._kind = kind

    def dumps(self, owner_id: str, state: Any) -> str:
        """Create a cursor with this state for an owner."""
        return str(self._serializer(owner_id).dumps(state))

    def loads(self, owner_id: str, cursor: str) -> Any:
        """Return the state in a cursor; raises BadRequest unless the cursor was created for this owner."""
        try:
            return self._serializer(owner_id).loads(cursor)
        except (BadData, ValueError):
            raise BadRequest("This cursor is not valid for this list; start without a cursor.") from None

    def _serializer(self, owner_id: str) -> URLSafeSerializer:
        return _Serializer(
            # The last key signs, and all keys are accepted, so that a rotation does not make cursors invalid.
            self._keys.ring().secrets,
            salt=f"cursor|{self._kind}|{owner_id}",
            # A signature of 48 bytes has exactly 64 characters of base64 without unused bits, so a change of
            # any character makes the signature invalid.
            signer_kwargs={"digest_method": hashlib.sha384},
        )


class _Serializer(URLSafeSerializer):
    """Writes cursors without compression, and also reads compressed cursors of earlier releases.

    zlib needs four times as long as all other steps, and shortens a cursor by less than a fifth.
    """

    def dump_payload(self, obj: Any) -> bytes:
        """Return a state as JSON in base64."""
        return base64_encode(Serializer.dump_payload(self, obj))
