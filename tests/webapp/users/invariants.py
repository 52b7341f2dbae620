"""The invariant of e-mail addresses that holds after any crash and any race."""

from webapp.core.text import address_key
from webapp.database.connection import Database


def assert_everybody_holds_their_address(database: Database) -> None:
    """Fail unless each user has the claim on the user's own address.

    Then no two users have the same address.
    """
    users = list(database.users.find({"deleted_at": {"$exists": False}}))
    claims = {claim["_id"]: claim["user_id"] for claim in database.emails.find({})}
    assert {user["_id"]: claims.get(address_key(user["email"])) for user in users} == {
        user["_id"]: user["_id"] for user in users
    }
