"""Git repositories over HTTP, as a forge serves them: git's own program answers (git-http-backend)."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

ADDRESS: Final = "127.80.80.80"
"""Of the loopback, and nobody else's: a module's address has no port, so that it is HTTP's own."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the repositories in a folder; gives the address that their names follow.

    Raises:
        PermissionError: the user may not listen on port 80.
    """
    server = ThreadingHTTPServer((ADDRESS, 80), partial(Handler, folder=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{ADDRESS}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Hands every request to git's program, as CGI has it, and what that prints back."""

    def __init__(self, *request: Any, folder: Path) -> None:  # noqa: ANN401 - they are handed on
        """Answer one connection."""
        # The base class answers before it returns.
        self.folder = folder
        super().__init__(*request)

    def do_GET(self) -> None:
        """What is there, and files of repositories."""
        self._answer()

    def do_POST(self) -> None:
        """Packs."""
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        variables = os.environ | self._variables(len(body))
        done = subprocess.run(["git", "http-backend"], input=body, env=variables, check=True, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _variables(self, length: int) -> dict[str, str]:
        """The request, as CGI passes it on."""
        asked = urlsplit(self.path)
        return {
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "PATH_INFO": asked.path,
            "QUERY_STRING": asked.query,
            "REQUEST_METHOD": self.command,
        }
