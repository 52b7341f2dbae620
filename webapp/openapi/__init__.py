"""The OpenAPI document: what decorators noted of each operation, finished by what holds for all of them."""

from webapp.openapi.document import finish
from webapp.openapi.info import spec_options

__all__ = ["finish", "spec_options"]
