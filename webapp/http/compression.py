"""Compresses responses over 1 KB on request (`Accept-Encoding`), without a change of their entity tags."""

from flask import Flask, Response, request
from flask_compress import Compress

MIN_BYTES = 1024
# The cheapest first; the order decides between codings that the client accepts equally.
CODINGS = ("zstd", "br", "gzip")
MEDIA_TYPES = ["application/json", "application/problem+json"]
# A response with a secret must not have a length that depends on what an attacker puts into it (BREACH).
WITH_TOKENS = "/api/v1/auth/"


class Compression(Compress):
    """Flask-Compress; it keeps the entity tag, which states the version of a resource and not its form.

    Flask-Compress would change `"1"` to `"1:gzip"`, which no `If-Match` allows. A shared strong tag is safe
    here: these responses are not stored, and have no ranges (docs/decisions/0043).
    """

    def after_request(self, response: Response | None) -> Response:
        """Compress the response if the client accepts a coding of ours."""
        if response is None or not _may_compress(response):
            return response or Response(status=204)
        if "HTTP_ACCEPT_ENCODING" not in request.environ:
            response.vary.add("Accept-Encoding")
            return response
        # Flask-Compress misreads `q=0` and `*`: it gets the result of the negotiation in place of the header.
        coding = request.accept_encodings.best_match((*CODINGS, "identity"), default="identity")
        request.environ["HTTP_ACCEPT_ENCODING"] = coding
        entity_tag, is_weak = response.get_etag()
        compressed: Response = super().after_request(response)
        if entity_tag is not None:
            compressed.set_etag(entity_tag, weak=bool(is_weak))
        return compressed


def init_app(app: Flask) -> None:
    """Compress the responses of an application; call it before the extensions that read their headers."""
    app.config.update(
        COMPRESS_ALGORITHM=list(CODINGS),
        COMPRESS_MIMETYPES=MEDIA_TYPES,
        COMPRESS_MIN_SIZE=MIN_BYTES,
        COMPRESS_STREAMS=False,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
    )
    Compression().init_app(app)


def _may_compress(response: Response) -> bool:
    """Return whether compression is allowed; a document with ranges has its own compressed form and tag."""
    return "Accept-Ranges" not in response.headers and not request.path.startswith(WITH_TOKENS)
