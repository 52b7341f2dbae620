"""The function that a login calls to find the user with an e-mail address and a password."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.auth.credentials import AuthenticatedUser


@dataclass(frozen=True)
class Authenticator:
    """Finds a user by e-mail address and password.

    `authenticate` is a function of the package `users`, which stores the addresses and depends on this
    package. It raises Unauthorized when the address or the password is wrong, and TooManyRequests after too
    many failures.
    """

    authenticate: Callable[[str, str], AuthenticatedUser]
