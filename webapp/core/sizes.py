"""The maximum sizes of the parts of a request, in bytes."""

MAX_BODY_BYTES = 1024 * 1024
# The maximum size of the request line, and of each header field.
MAX_LINE_BYTES = 8190
MAX_FIELDS = 100
MAX_HEAD_BYTES = 64 * 1024
