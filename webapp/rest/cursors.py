"""Page cursors: opaque to clients, signed, and valid for one owner and one kind of list."""

import hashlib
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from webapp.core.errors import BadRequest
from webapp.core.signing_keys import Keys


class Cursors:
    """Creates and reads the cursors of one kind of list.

    The salt of the signature contains `kind` and the owner, so a cursor of another list or of another user is
    rejected like a forged one. The state can be any JSON value.
    """

    def __init__(self, keys: Keys, kind: str) -> None:
        self._keys = keys
        self._kind = kind

    def dumps(self, owner_id: str, state: Any) -> str:
        """Create a cursor for this owner."""
        return str(self._serializer(owner_id).dumps(state))

    def loads(self, owner_id: str, cursor: str) -> Any:
        """Return the state in the cursor; raises BadRequest unless it was created for this owner."""
        try:
            return self._serializer(owner_id).loads(cursor)
        except (BadData, ValueError):
            raise BadRequest("This cursor is not valid for this list; start without a cursor.") from None

    def _serializer(self, owner_id: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            # The last key signs, all keys verify, so that a cursor stays valid when the secret rotates.
            self._keys.ring().secrets,
            salt=f"cursor|{self._kind}|{owner_id}",
            # 48 bytes are exactly 64 characters of base64, so changing any character invalidates the
            # signature.
            signer_kwargs={"digest_method": hashlib.sha384},
        )
