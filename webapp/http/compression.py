"""Compresses responses over 1 KB if `Accept-Encoding` allows it; their entity tags stay the same."""

from flask import Flask, Response, request
from flask_compress import Compress

MIN_BYTES = 1024
# The content codings, from the lowest CPU cost to the highest. If a client accepts several codings equally,
# the first one is used.
CODINGS = ("zstd", "br", "gzip")
MEDIA_TYPES = ["application/json", "application/problem+json"]
# Paths whose responses contain tokens; these responses are not compressed. If an attacker could choose a part
# of the response, its compressed length would reveal the token (BREACH attack).
WITH_TOKENS = "/api/v1/auth/"


class Compression(Compress):
    """Flask-Compress, but with an unchanged entity tag, because the tag is the version of the resource.

    Flask-Compress would change the tag `"1"` to `"1:gzip"`, which never equals a version in `If-Match`. The
    compressed response may have the same strong tag, because caches do not store the response and clients
    cannot request ranges of it (docs/decisions/0043).
    """

    def after_request(self, response: Response | None) -> Response:
        """Compress the response if the client accepts one of CODINGS."""
        if response is None or not _may_compress(response):
            return response or Response(status=204)
        if "HTTP_ACCEPT_ENCODING" not in request.environ:
            if "Vary" in response.headers:
                response.vary.add("Accept-Encoding")
            else:
                # The header is added directly, because this is faster than `response.vary`, which parses the
                # header first.
                response.headers.add("Vary", "Accept-Encoding")
            return response
        # Flask-Compress misreads `q=0` and `*`, so the header is replaced with the coding that was chosen
        # above.
        coding = request.accept_encodings.best_match((*CODINGS, "identity"), default="identity")
        request.environ["HTTP_ACCEPT_ENCODING"] = coding
        entity_tag, is_weak = response.get_etag()
        compressed: Response = super().after_request(response)
        if entity_tag is not None:
            compressed.set_etag(entity_tag, weak=bool(is_weak))
        return compressed


def init_app(app: Flask) -> None:
    """Compress the responses of an application; call this function before extensions that read headers."""
    app.config.update(
        COMPRESS_ALGORITHM=list(CODINGS),
        COMPRESS_MIMETYPES=MEDIA_TYPES,
        COMPRESS_MIN_SIZE=MIN_BYTES,
        COMPRESS_STREAMS=False,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
    )
    Compression().init_app(app)


def _may_compress(response: Response) -> bool:
    """Return whether to compress a response; a StaticDocument has Accept-Ranges and compresses itself."""
    return "Accept-Ranges" not in response.headers and not request.path.startswith(WITH_TOKENS)
