"""Static and generated documents, with an entity tag, caching headers, and one compression per process."""

import gzip
import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from flask import Response, request

# A client may store the document, but must ask before each use whether it is still current, so that a
# deployment takes effect at once.
REVALIDATE = "public, no-cache"
# A client may use the files of a library for a day without asking again, because the files change only with
# an upgrade of the library.
KEEP_FOR_A_DAY = "public, max-age=86400"

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


class StaticDocument:
    """A document that does not change while the process runs; the first request calls `load`."""

    def __init__(self, load: Callable[[], bytes], media_type: str, cache_control: str = REVALIDATE) -> None:
        self._load = load
        self._media_type = media_type
        self._cache_control = cache_control

    def respond(self) -> Response:
        """Return the response to GET or HEAD: the document, a range of the document, or status 304.

        The plain and the compressed document have different entity tags, so that a client never combines
        ranges of both (RFC 9110, section 8.8.3).
        """
        compressed = request.accept_encodings.best_match(("gzip", "identity")) == "gzip"
        body = self._compressed if compressed else self._body
        response = Response(body, content_type=self._media_type)
        response.headers["Cache-Control"] = self._cache_control
        response.vary.add("Accept-Encoding")
        if compressed:
            response.headers["Content-Encoding"] = "gzip"
        response.set_etag(self._digest + ("-gzip" if compressed else ""))
        response.make_conditional(request, accept_ranges=True, complete_length=len(body))
        return response

    @cached_property
    def _body(self) -> bytes:
        return self._load()

    @cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._body, mtime=0)

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self._body).hexdigest()[:32]


def static_file(path: Path, cache_control: str) -> StaticDocument:
    """Return a StaticDocument for a file; the suffix of the file determines the media type."""
    return StaticDocument(path.read_bytes, MEDIA_TYPES[path.suffix], cache_control)
