"""Images beside the release that names them: what is read under `/v2/` comes from the registry that has them."""

import contextlib
import http.client
import json
import shutil
from http.server import BaseHTTPRequestHandler
from typing import Final

PREFIX: Final = "/v2/"
"""Where every registry answers (OCI distribution specification, Determining Support)."""

_PATIENCE: Final = 60
"""Seconds that the registry may be silent."""

_ASKED: Final = ("Accept", "Range")
_ANSWERED: Final = (
    "Content-Type",
    "Content-Length",
    "Content-Range",
    "Docker-Content-Digest",
    "Docker-Distribution-Api-Version",
    "Link",
    "OCI-Filters-Applied",
)


def relay(registry: str, request: BaseHTTPRequestHandler) -> None:
    """Answer a request with what `registry`, HOST:PORT, says to it; whoever wants to write is refused."""
    if request.command not in {"GET", "HEAD"}:
        _refuse(request, 405, "UNSUPPORTED", "a rehearsal's images are there to be read")
        return
    connection = http.client.HTTPConnection(registry, timeout=_PATIENCE)
    sent = {name: value for name in _ASKED if (value := request.headers[name])}
    with contextlib.closing(connection):
        try:
            connection.request(request.command, request.path, headers=sent)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            _refuse(request, 502, "UNKNOWN", f"the registry of this rehearsal does not answer: {error}")
            return
        request.send_response(answer.status)
        for name in _ANSWERED:
            if value := answer.headers[name]:
                request.send_header(name, value)
        # An answer without a length, or one that breaks off, ends with the connection.
        request.send_header("Connection", "close")
        request.end_headers()
        shutil.copyfileobj(answer, request.wfile)


def _refuse(request: BaseHTTPRequestHandler, status: int, code: str, message: str) -> None:
    content = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(content)))
    # What was sent with the request is not read; the handler closes what it says it closes.
    request.send_header("Connection", "close")
    request.end_headers()
    request.wfile.write(b"" if request.command == "HEAD" else content)
