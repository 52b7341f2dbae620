"""Who is asking: the one place that reads it off the token."""

from flask_jwt_extended import get_jwt_identity


def signed_in() -> str:
    """The id of the signed-in user; views that call this carry `login_required`."""
    return str(get_jwt_identity())
