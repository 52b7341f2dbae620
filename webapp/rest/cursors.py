"""Page cursors: opaque to clients, signed, and good for one owner and one kind of list."""

import hashlib
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from webapp.core.errors import BadRequest
from webapp.core.signing_keys import Keys


class Cursors:
    """Writes and reads the cursors of one kind of list.

    `kind` salts the signature, and so does the owner: a cursor of another list or of somebody else reads
    like a forged one. What the state holds is up to the list; JSON must be able to carry it.
    """

    def __init__(self, keys: Keys, kind: str) -> None:
        self._keys = keys
        self._kind = kind

    def dumps(self, owner_id: str, state: Any) -> str:
        """Write a cursor of this owner."""
        return str(self._serializer(owner_id).dumps(state))

    def loads(self, owner_id: str, cursor: str) -> Any:
        """Return the state that the cursor carries; raises BadRequest for any but this owner's own."""
        try:
            return self._serializer(owner_id).loads(cursor)
        except (BadData, ValueError):
            raise BadRequest("This cursor is not one of yours; start this list again without one.") from None

    def _serializer(self, owner_id: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            # The last key signs, each one verifies: a cursor outlives the rotation of the secret.
            self._keys.ring().secrets,
            salt=f"cursor|{self._kind}|{owner_id}",
            # 48 bytes are 64 whole characters of base64: no bit of them is without meaning.
            signer_kwargs={"digest_method": hashlib.sha384},
        )
