"""The OpenAPI document: completes the operations with everything that is the same for all of them."""

from webapp.openapi.document import finish
from webapp.openapi.info import spec_options

__all__ = ["finish", "spec_options"]
