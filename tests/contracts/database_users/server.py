"""The embedded database with users: requires a login, and refuses commands that a user's roles do not allow.

`python -m tests.contracts.database_users.server PORT MASTER PASSWORD` starts the server. The login is
SCRAM-SHA-1 (RFC 5802), which DocumentDB supports, too; pymongo is the client. nx-27017 stores the documents.
"""

import hashlib
import hmac
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nx_27017.handler import NeoSQLiteHandler
from nx_27017.server import run_server_threaded

from tools.services.database import is_reachable, uri
from tools.supervision.ports import LOOPBACK, free_port
from tools.supervision.processes import Service

Document = dict[str, Any]

MASTER = {"username": "todo", "password": "the master's pass/word"}
ITERATIONS = 4096
OPEN = {"hello", "isMaster", "ismaster", "ping", "buildInfo", "endSessions", "killCursors", "getMore"}
ADMINISTRATION = {"createUser", "updateUser", "usersInfo", "createRole", "updateRole", "rolesInfo"}
# The action that each command needs: https://www.mongodb.com/docs/manual/reference/privilege-actions/
ACTIONS = {
    "aggregate": "find",
    "count": "find",
    "createIndexes": "createIndex",
    "delete": "remove",
    "distinct": "find",
    "find": "find",
    "findAndModify": "update",
    "insert": "insert",
    "update": "update",
}


@dataclass
class User:
    """A user: the salt and the two keys of RFC 5802 that verify a password, and the names of the roles."""

    salt: bytes
    stored_key: bytes
    server_key: bytes
    roles: list[str]

    @classmethod
    def create(cls, name: str, password: str, roles: list[str]) -> "User":
        digest = hashlib.md5(f"{name}:mongo:{password}".encode(), usedforsecurity=False).hexdigest()
        salted = hashlib.pbkdf2_hmac("sha1", digest.encode(), salt := os.urandom(16), ITERATIONS)
        client_key = hmac.digest(salted, b"Client Key", "sha1")
        stored_key = hashlib.sha1(client_key, usedforsecurity=False).digest()
        return cls(salt, stored_key, hmac.digest(salted, b"Server Key", "sha1"), roles)


@dataclass
class Connection:
    """One connection: the login messages received so far, and the `user` once the login has succeeded."""

    name: str = ""
    messages: list[str] = field(default_factory=list)
    nonce: str = ""
    user: str | None = None


class Refused(Exception):
    """The database refuses a command; `code` is the error code of MongoDB."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class UsersHandler(NeoSQLiteHandler):  # type: ignore[misc]  # nx_27017 has no types
    """Handles a command only if the user of its connection may execute the command."""

    def __init__(self, master: str, password: str) -> None:
        super().__init__(data_dir="memory")
        self.master = master
        self.users = {master: User.create(master, password, [])}
        self.privileges: dict[str, list[Document]] = {}
        self.connections: dict[str, Connection] = {}

    def handle_command(self, msg: Document) -> tuple[int, Document]:
        return self._checked(msg, super().handle_command)

    def handle_insert(self, msg: Document) -> tuple[int, Document]:
        return self._checked(msg, super().handle_insert)

    def _checked(self, msg: Document, proceed: Any) -> tuple[int, Document]:
        (command,) = [section for kind, section in msg["sections"] if kind == "body"]
        name = next(iter(command))
        connection = self.connections.setdefault(msg["_conn_id"], Connection())
        try:
            if name in ("saslStart", "saslContinue"):
                return msg["request_id"], self._log_in(connection, name, bytes(command["payload"]).decode())
            self._authorize(connection, name, command)
            if name in ADMINISTRATION:
                return msg["request_id"], self._administer(name, command)
        except Refused as error:
            return msg["request_id"], {"ok": 0, "code": error.code, "errmsg": str(error)}
        answer: tuple[int, Document] = proceed(msg)
        return answer

    def _log_in(self, connection: Connection, name: str, message: str) -> Document:
        """Answer the first or the last message of a client: https://www.rfc-editor.org/rfc/rfc5802#section-3"""
        fields = dict(part.split("=", 1) for part in message.split(",") if "=" in part)
        if name == "saslStart":
            connection.name, connection.nonce = fields["n"], fields["r"] + b64encode(os.urandom(12)).decode()
            salt = self.users[connection.name].salt if connection.name in self.users else b"unknown user"
            first = f"r={connection.nonce},s={b64encode(salt).decode()},i={ITERATIONS}"
            connection.messages = [message.removeprefix("n,,"), first]
            return {"ok": 1, "conversationId": 1, "done": False, "payload": first.encode()}
        user, proof = self.users.get(connection.name), b64decode(fields.get("p", ""))
        signed = ",".join([*connection.messages, f"c=biws,r={connection.nonce}"]).encode()
        key = hmac.digest(user.stored_key, signed, "sha1") if user else b""
        client_key = bytes(left ^ right for left, right in zip(proof, key, strict=False))
        if user is None or hashlib.sha1(client_key, usedforsecurity=False).digest() != user.stored_key:
            raise Refused(18, "Authentication failed.")
        connection.user = connection.name
        last = f"v={b64encode(hmac.digest(user.server_key, signed, 'sha1')).decode()}"
        return {"ok": 1, "conversationId": 1, "done": True, "payload": last.encode()}

    def _authorize(self, connection: Connection, name: str, command: Mapping[str, Any]) -> None:
        if name in OPEN or (connection.user is not None and connection.user == self.master):
            return
        needed = {ACTIONS.get(name, name)}
        if name == "update" and any(each.get("upsert") for each in command.get("updates", ())):
            needed.add("insert")
        if not needed <= {*self._allowed(connection.user, command.get("$db"), command[name])}:
            raise Refused(13, f"not authorized on {command.get('$db')} to execute {name} on {command[name]}")

    def _allowed(self, user: str | None, database: Any, collection: Any) -> Iterator[str]:
        for role in self.users[user].roles if user else ():
            for privilege in self.privileges[role]:
                if privilege["resource"] == {"db": database, "collection": collection}:
                    yield from privilege["actions"]

    def _administer(self, name: str, command: Mapping[str, Any]) -> Document:
        subject, exists = command[name], command[name] in (self.users if "User" in name else self.privileges)
        if name.startswith(("create", "update")) and exists is name.startswith("create"):
            raise Refused(51003 if exists else 11, f"{subject} {'exists' if exists else 'does not exist'}")
        if name == "usersInfo":
            return {"ok": 1, "users": [{"user": subject}] if subject in self.users else []}
        if name == "rolesInfo":
            return {"ok": 1, "roles": [{"role": subject}] if subject in self.privileges else []}
        if name in ("createRole", "updateRole"):
            self.privileges[subject] = command["privileges"]
        else:
            former = self.users[subject].roles if exists else []
            roles = [each["role"] for each in command["roles"]] if "roles" in command else former
            self.users[subject] = User.create(subject, command["pwd"], roles)
        return {"ok": 1}


@contextmanager
def users_server(log: Path) -> Iterator[int]:
    """Run the server in a separate process until the block ends; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.contracts.database_users.server", str(port), *MASTER.values()]
    service = Service.start("database", command, os.environ, log)
    try:
        service.wait_until(lambda: is_reachable(uri(port)), seconds=60)
        yield port
    finally:
        service.stop()


if __name__ == "__main__":
    run_server_threaded(
        LOOPBACK, int(sys.argv[1]), UsersHandler(sys.argv[2], sys.argv[3]), use_threading=False
    )
