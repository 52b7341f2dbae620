"""Creates the users of the database and their roles, with the login of the master user."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from cloudformation.rotation.grants import GRANTS

Secret = Mapping[str, Any]
Client = MongoClient[dict[str, Any]]

CLONE = "_clone"
# The field with the user name: `username` in secrets for AWS, `login` in a secret for an Airflow connection.
USER_FIELDS = ("username", "login")
# A call fails before the timeout of the function, so that the log contains the reason of the failure.
TIMEOUT_MS = 10_000


class UnknownUser(Exception):
    """A secret without a user, or with a user that has no grants."""


def user_field(secret: Secret) -> str:
    """Return the name of the secret's field with the user name; raises UnknownUser if no field has it."""
    for field in USER_FIELDS:
        if field in secret:
            return field
    raise UnknownUser(f"The secret has none of the fields {', '.join(USER_FIELDS)}.")


def user_of(secret: Secret) -> str:
    """Return the user name in a secret."""
    return str(secret[user_field(secret)])


def other_user(user: str) -> str:
    """Return the name of the other user of the pair: todo_api for todo_api_clone, and the reverse."""
    return user.removesuffix(CLONE) if user.endswith(CLONE) else user + CLONE


def write_user(master: Secret, secret: Secret) -> None:
    """Create the user of the secret and the user's role, or replace the password and the role's privileges.

    A user and its clone have the same role. Raises UnknownUser, or PyMongoError if the database fails.
    """
    user = user_of(secret)
    role = user.removesuffix(CLONE)
    if role not in GRANTS:
        raise UnknownUser(f"The user {user} has no grants. Add grants for this user to GRANTS.")
    privileges = [
        {"resource": {"db": os.environ["DATABASE_NAME"], "collection": collection}, "actions": list(actions)}
        for collection, actions in GRANTS[role].items()
    ]
    with _connected(master) as client:
        exists = client.admin.command("rolesInfo", role)["roles"]
        command = "updateRole" if exists else "createRole"
        client.admin.command(command, role, privileges=privileges, roles=[])
        exists = client.admin.command("usersInfo", user)["users"]
        command = "updateUser" if exists else "createUser"
        client.admin.command(command, user, pwd=secret["password"], roles=[{"role": role, "db": "admin"}])


def change_password(current: Secret, pending: Secret) -> None:
    """Let a user change its own password, unless an earlier attempt has already changed it."""
    try:
        check_login(pending)
    except OperationFailure:
        with _connected(current) as client:
            client.admin.command("updateUser", user_of(pending), pwd=pending["password"])


def check_login(secret: Secret) -> None:
    """Log in and read a document; raises OperationFailure if the database refuses the login or the read."""
    with _connected(secret) as client:
        client[os.environ["DATABASE_NAME"]].changes.find_one({}, {"_id": 1})


@contextmanager
def _connected(secret: Secret) -> Iterator[Client]:
    with MongoClient[dict[str, Any]](
        os.environ["DATABASE_URI"],
        username=user_of(secret),
        password=secret["password"],
        serverSelectionTimeoutMS=TIMEOUT_MS,
        connectTimeoutMS=TIMEOUT_MS,
        socketTimeoutMS=TIMEOUT_MS,
    ) as client:
        yield client
