"""A stand-in for GitHub: its API of releases as it is documented, in memory, and the page of each release.

`python github.py --port 8080 --repository owner/name --token T` serves it, with `--registry HOST:PORT` the images
of a registry as well; the folder that this file lies in has to be
called `pipeline/rehearsal`. In tests, `Stand.handle` answers without a server.
"""

import argparse
import dataclasses
import http.server
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

if not __package__:
    # Run as a file, it finds the others of its package like this.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pipeline.rehearsal.answers import Answer, Ask, Refused, query_of, written
from pipeline.rehearsal.page import page
from pipeline.rehearsal.relay import PREFIX, relay
from pipeline.rehearsal.routes import ROUTES, UPLOAD
from pipeline.rehearsal.state import State

_WRITING: Final = {"POST", "PATCH", "PUT", "DELETE"}


@dataclasses.dataclass
class Stand:
    """GitHub with one repository. Whoever has the token may write there, unless `push` is taken away.

    `immutable` freezes releases when they are published. With `installation` the token is one of a GitHub App, as that
    of a workflow is: it never says that it may write. Without `digests`, assets have none, as on an older server.
    `blobs` is where downloads lead to, if not to itself. What was asked for and nobody knows is in `unknown`.
    """

    repository: str
    token: str = "token"  # noqa: S105 - nothing hangs on it
    immutable: bool = False
    push: bool = True
    installation: bool = False
    digests: bool = True
    blobs: str = ""
    state: State = dataclasses.field(default_factory=State)
    unknown: list[str] = dataclasses.field(default_factory=list)

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Answer a request: its status, headers and body."""
        given = {name.lower(): value for name, value in headers.items()}
        base = f"{given.get('x-forwarded-proto', 'http')}://{given.get('host', 'localhost')}"
        prefix = "/api/v3" if path.startswith("/api/v3/") else ""
        place = path.removeprefix(prefix)
        with self.state.lock:
            try:
                ask = Ask(
                    method=method,
                    path=place,
                    query=query,
                    headers=given,
                    body=body,
                    base=base + prefix,
                    repository=self.repository,
                    may_write=self._may_write(given),
                    digests=self.digests,
                )
                return self._site(ask) or self._api(ask)
            except Refused as refused:
                return refused.answer

    def _may_write(self, headers: Mapping[str, str]) -> bool:
        said = headers.get("authorization", "")
        if said and said not in {f"Bearer {self.token}", f"token {self.token}"}:
            raise Refused(401, "Bad credentials")
        return bool(said) and self.push

    def _api(self, ask: Ask) -> Answer:
        if (ask.method, ask.path) == ("GET", "/installation/repositories"):
            if self.installation:
                return written({"total_count": 1, "repositories": []})
            raise Refused(403, "You must authenticate with an installation access token in order to list repositories.")
        routes, inner = self._inner(ask.path)
        for method, pattern, route in routes:
            found = re.fullmatch(pattern, inner) if method == ask.method else None
            if found:
                self._allow(ask)
                settings = {"immutable": self.immutable, "installation": self.installation}
                answer = route(self.state, dataclasses.replace(ask, path=inner), "".join(found.groups()), settings)
                return self._elsewhere(answer, ask)
        self.unknown.append(f"{ask.method} {ask.path}")
        raise Refused(501, f"The stand-in does not know {ask.method} {ask.path}")

    def _inner(self, path: str) -> tuple[Any, str]:
        """The routes for a path, and what of it is within the repository."""
        for start, routes in (
            (f"/uploads/repos/{self.repository}", UPLOAD),
            (f"/repos/{self.repository}", ROUTES),
            ("/repositories/1", ROUTES),
        ):
            if path == start or path.startswith(f"{start}/"):
                return routes, path.removeprefix(start)
        if path.startswith(("/repos/", "/uploads/repos/")):
            raise Refused(404, "Not Found")
        return (), path

    def _allow(self, ask: Ask) -> None:
        if ask.method not in _WRITING or ask.may_write:
            return
        if not ask.headers.get("authorization"):
            raise Refused(401, "Requires authentication")
        raise Refused(403, "Resource not accessible by personal access token")

    def _elsewhere(self, answer: Answer, ask: Ask) -> Answer:
        status, headers, body = answer
        location = headers.get("Location", "")
        if self.blobs and location:
            headers = headers | {"Location": self.blobs + location.removeprefix(ask.base)}
        return status, headers, body

    def _site(self, ask: Ask) -> Answer | None:
        """Pages and downloads, which anybody may read; None for what is of the API."""
        if ask.method not in {"GET", "HEAD"}:
            return None
        if ask.path == "/" and (newest := self.state.newest()):
            return 302, {"Location": f"/{self.repository}/releases/tag/{quote(newest.tag)}"}, b""
        if found := re.fullmatch(r"/blobs/([0-9]+)", ask.path):
            asset = self.state.assets.get(int(found[1]))
            return (200, {"Content-Type": asset.media_type}, asset.content) if asset else (404, {}, b"")
        found = re.fullmatch(rf"/{re.escape(self.repository)}/releases/(tag|download)/([^/]+)(?:/([^/]+))?", ask.path)
        release = self.state.published(found[2]) if found else None
        if not (found and release):
            return (404, {}, b"") if found else None
        if found[1] == "tag" and not found[3]:
            text = page(self.state, self.repository, release).encode()
            return 200, {"Content-Type": "text/html; charset=utf-8"}, text
        whole = [one for one in self.state.of(release) if (one.name, one.state) == (found[3], "uploaded")]
        return (200, {"Content-Type": whole[0].media_type}, whole[0].content) if whole else (404, {}, b"")


def serve(stand: Stand, port: int, host: str = "", registry: str = "") -> http.server.ThreadingHTTPServer:
    """A server on a port, 0 for a free one, which shows the images of `registry`, HOST:PORT; the caller runs it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two packets: the second would wait for the answer to the first, 40 ms each time.
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            target = urlsplit(self.path)
            if registry and target.path.startswith(PREFIX):
                relay(registry, self)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = dict(self.headers.items())
            status, headers, content = stand.handle(
                self.command, unquote(target.path), query_of(target.query), sent, body
            )
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - the server's names

    return http.server.ThreadingHTTPServer((host, port), Handler)


def main() -> None:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(description="A stand-in for GitHub's releases, in memory.")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--repository", required=True, help="owner/name")
    parser.add_argument("--token", default="token", help="what its writers have to show")
    parser.add_argument("--tag", action="append", default=[], help="a tag that is there: NAME=COMMIT, again for more")
    parser.add_argument("--immutable", action="store_true", help="freeze releases when they are published")
    parser.add_argument("--registry", default="", help="HOST:PORT whose images are shown")
    given = parser.parse_args()
    stand = Stand(given.repository, given.token, immutable=given.immutable)
    for name, _, sha in (tag.partition("=") for tag in given.tag):
        stand.state.tag(name, sha)
    serve(stand, given.port, registry=given.registry).serve_forever()


if __name__ == "__main__":
    main()
