"""What the fake refuses with: AWS's codes and words, and the failures of single resources."""


class Refused(Exception):
    """A call that AWS would refuse; the caller sees botocore's ClientError with this code and message."""

    def __init__(self, message: str, code: str = "ValidationError") -> None:
        super().__init__(message)
        self.code = code


class Failed(Exception):
    """A resource that cannot be created, updated or deleted, with the reason its event gives."""
