"""The invariant of addresses, which holds after any crash or race."""

from webapp.core.database import Database
from webapp.core.text import address_key


def assert_everybody_holds_their_address(database: Database) -> None:
    """Fail unless each user has the claim on their own address; then no two users share an address."""
    users = list(database.users.find({"deleted_at": {"$exists": False}}))
    claims = {claim["_id"]: claim["user_id"] for claim in database.emails.find({})}
    assert {user["_id"]: claims.get(address_key(user["email"])) for user in users} == {
        user["_id"]: user["_id"] for user in users
    }
