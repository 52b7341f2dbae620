"""The OpenAPI document: what decorators noted of each operation, finished by what holds for all of them."""

from webapp.extensions.openapi.document import finish

__all__ = ["finish"]
