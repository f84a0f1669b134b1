"""Registries of the distribution project: Debian's version 2.8 with an image in it, and version 3."""

import base64
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from pipeline.remote.manifests import MEDIA_TYPES

PROGRAM: Final = "docker-registry"
THIRD: Final = "DISTRIBUTION_3"
"""Environment variable that names the program of distribution 3, else `registry` on PATH or in the laboratory."""

USER: Final = "ann"
PASSWORD: Final = "s3cret-word"
SERVICE: Final = "registry.example.com"
REPOSITORY: Final = "acme/shop"

# bcrypt of the password: the registry takes no other kind.
_HTPASSWD: Final = f"{USER}:$2b$04$P2sCt7gHncWlk4f59tgXOeLlfE8wjXtxuy.OBhnFR9vo0NhXNY8BK\n"

_PATIENCE: Final = 10

Auth = Mapping[str, Mapping[str, str]]


def digest(content: bytes) -> str:
    """Its digest, as references carry it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def encoded(content: Mapping[str, Any]) -> bytes:
    """JSON as a registry stores it."""
    return json.dumps(content).encode()


def described(kind: str, content: bytes) -> dict[str, Any]:
    """A descriptor (OCI image specification, Content Descriptors)."""
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


CONFIG: Final = encoded({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}})
LAYER: Final = bytes(range(256)) * 4096
MANIFEST: Final = encoded(
    {
        "schemaVersion": 2,
        "mediaType": MEDIA_TYPES[1],
        "config": described("application/vnd.oci.image.config.v1+json", CONFIG),
        "layers": [described("application/vnd.oci.image.layer.v1.tar", LAYER)],
    }
)
INDEX: Final = encoded(
    {"schemaVersion": 2, "mediaType": MEDIA_TYPES[0], "manifests": [described(MEDIA_TYPES[1], MANIFEST)]}
)


def plain_client(base: str) -> httpx.Client:
    """A client for the loopback, where nothing is encrypted: reading all authorities takes longer than the rest."""
    return httpx.Client(base_url=base, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def push(name: str) -> None:
    """Put the image there: its manifest as `1`, the index as `latest`."""
    with plain_client(f"http://{name}/v2/{REPOSITORY}") as client:
        for blob in (CONFIG, LAYER):
            place = client.post("/blobs/uploads/").raise_for_status().headers["location"]
            client.put(httpx.URL(place).copy_merge_params({"digest": digest(blob)}), content=blob).raise_for_status()
        for tag, kind, body in (("1", MEDIA_TYPES[1], MANIFEST), ("latest", MEDIA_TYPES[0], INDEX)):
            client.put(f"/manifests/{tag}", content=body, headers={"Content-Type": kind}).raise_for_status()


@contextmanager
def running(folder: Path, auth: Auth | None = None, program: str = "", *, deletes: bool = False) -> Iterator[str]:
    """A registry on what lies in the folder; gives the name that references call it by."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        name = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / f"{name}.json"
    storage = {"filesystem": {"rootdirectory": str(folder / "storage")}, "delete": {"enabled": deletes}}
    settings: dict[str, Any] = {"version": 0.1, "log": {"level": "error"}, "storage": storage, "http": {"addr": name}}
    config.write_bytes(encoded(settings | {"auth": auth or {}}))
    with (folder / f"{name}.log").open("wb") as log:
        # Version 3 would report traces to a collector of this machine; 2.8 frees memory half of its time.
        environment = os.environ | {"OTEL_TRACES_EXPORTER": "none", "GOGC": "400"}
        command = [program or found(), "serve", str(config)]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            _wait(name, folder / f"{name}.log")
            yield name
        finally:
            process.kill()
            process.wait()


class Shelf:
    """Registries that are started once, and hold nothing, or what lies in a folder, whenever one is taken."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        """Nothing runs yet; whatever is started ends with the stack."""
        self._folder, self._running = folder, running
        self._started: dict[str, str] = {}

    def take(
        self, label: str, program: str = "", *, filled: Path | None = None, deletes: bool = False, closed: bool = False
    ) -> str:
        """The name of the one of this label: it is always taken with the same settings.

        A `closed` one wants the user and the password.
        """
        folder = self.folder(label)
        if label not in self._started:
            folder.mkdir()
            auth = passwords(folder) if closed else None
            self._started[label] = self._running.enter_context(running(folder, auth, program, deletes=deletes))
        # It keeps nothing in its memory.
        shutil.rmtree(folder / "storage", ignore_errors=True)
        if filled:
            shutil.copytree(filled / "storage", folder / "storage")
        return self._started[label]

    def folder(self, label: str) -> Path:
        """Where the one of this label keeps what it holds."""
        return self._folder / label


def passwords(folder: Path) -> Auth:
    """Settings under which a registry wants the user and the password."""
    (folder / "htpasswd").write_text(_HTPASSWD, "ascii")
    return {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}


def certificate(folder: Path) -> Path:
    """A certificate of localhost and its key, in one file."""
    path = folder / "certificate.pem"
    subject = ["-subj", "/CN=tests", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    key = _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    path.write_bytes(key)
    path.write_bytes(key + _openssl("req", "-x509", "-key", str(path), *subject))
    return path


def tokens(certificate: Path, realm: str, *written: str) -> tuple[Auth, str]:
    """Settings under which a registry wants a token from the realm, and a token with which one may pull.

    Where repositories are named that are `written`, it is one with which one may push there.
    """
    chain = base64.b64encode(_openssl("x509", "-in", str(certificate), "-outform", "DER")).decode()
    now = int(time.time())
    rights = {name: ["pull", "push"] for name in written} or {REPOSITORY: ["pull"]}
    access = [{"type": "repository", "name": name, "actions": actions} for name, actions in rights.items()]
    names = {"iss": "tests", "sub": USER, "aud": SERVICE, "jti": "1"}
    claims = names | {"exp": now + 300, "nbf": now - 10, "iat": now - 10, "access": access}
    header = {"typ": "JWT", "alg": "RS256", "x5c": [chain]}
    signed = b".".join(_base64url(encoded(part)) for part in (header, claims))
    signature = _openssl("dgst", "-sha256", "-sign", str(certificate), given=signed)
    token = b".".join([signed, _base64url(signature)]).decode()
    wanted = {"realm": realm, "service": SERVICE, "issuer": "tests", "rootcertbundle": str(certificate)}
    return {"token": wanted}, token


def found() -> str:
    """The program, or ""."""
    return shutil.which(PROGRAM) or ""


def third() -> str:
    """The program of distribution 3, or ""."""
    return os.environ.get(THIRD) or shutil.which("registry") or ""


def wait_for(url: str) -> bool:
    """Whether a server that was started answers, with whatever; it has a while to begin."""
    end = time.monotonic() + _PATIENCE
    with plain_client(url) as client:
        while time.monotonic() < end:
            try:
                client.get("")
            except httpx.TransportError:
                time.sleep(0.01)
            else:
                return True
    return False


def _wait(name: str, log: Path) -> None:
    if not wait_for(f"http://{name}/v2/"):
        raise AssertionError(f"the registry did not come up within {_PATIENCE} s:\n{log.read_text('utf-8')}")


def _openssl(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, input=given).stdout


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
