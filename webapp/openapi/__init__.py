"""The OpenAPI document: adds to each operation the responses, headers, links and examples."""

from webapp.openapi.document import finish
from webapp.openapi.info import spec_options

__all__ = ["finish", "spec_options"]
