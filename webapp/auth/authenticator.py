"""The interface through which a login finds the user with an e-mail address and a password."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.auth.credentials import AuthenticatedUser


@dataclass(frozen=True)
class Authenticator:
    """Contains the function that checks the e-mail address and the password of a login.

    `authenticate` is a function of the package `users`, which stores the addresses. That package imports the
    package `auth`, so `auth` cannot import it and gets the function in this class. The function raises
    Unauthorized when the address or the password is wrong, and TooManyRequests after too many wrong
    passwords.
    """

    authenticate: Callable[[str, str], AuthenticatedUser]
