"""look.mjs, run as it is on images made here. Every secret is put together at run time: none stands in this file."""

import gzip
import hashlib
import io
import json
import random
import string
import subprocess
import tarfile
import time
from collections.abc import Callable, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import pytest

from .test_probe_measure import tar

_RANDOM: Final = random.Random(7)  # noqa: S311 - nothing is kept secret with it


def drawn(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    """Characters as a token has them."""
    return "".join(_RANDOM.choices(letters, k=length))


def pem(kind: str = "RSA ", *, body: str | None = None, head: str = "") -> str:
    """A private key in PEM."""
    marker = f"{kind}PRIVATE" + " KEY-----"
    return f"-----BEGIN {marker}\n{head}{drawn(64) if body is None else body}\n-----END {marker}\n"


def digest_of(blob: bytes) -> str:
    """As registries write it."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


class Layout:
    """An image as a tarball. `packed` are the layers as they lie in the registry, compressed as `pack` does."""

    def __init__(self, *layers: bytes, pack: Callable[[bytes], bytes] = bytes, **config: Any) -> None:  # noqa: ANN401
        """Layers as tar archives, lowest first."""
        self.blobs: dict[str, bytes] = {}
        self.packed = [pack(layer) for layer in layers]
        self.layers = [self.add(blob) for blob in self.packed]
        self.config = {"rootfs": {"diff_ids": [digest_of(layer) for layer in layers]}} | config

    def add(self, blob: bytes) -> str:
        """Put a blob in and return its digest."""
        self.blobs[digest_of(blob)] = blob
        return digest_of(blob)

    def tarball(self, **replaced: bytes | None) -> bytes:
        """The archive; a blob may be another one under the same digest (`config=`, `manifest=`, `layer=`), or none."""
        config = self.add(json.dumps(self.config).encode())
        layers = [{"digest": digest} for digest in self.layers]
        manifest = self.add(json.dumps({"config": {"digest": config}, "layers": layers}).encode())
        digests = {"config": config, "manifest": manifest, "layer": self.layers[0] if self.layers else ""}
        blobs: dict[str, bytes | None] = {**self.blobs, **{digests[name]: blob for name, blob in replaced.items()}}
        members = {f"blobs/{digest.replace(':', '/')}": blob for digest, blob in blobs.items() if blob is not None}
        return tar(members | {"index.json": json.dumps({"manifests": [{"digest": manifest}]}).encode()})


class Probe:
    """The program, and where to put its input."""

    def __init__(self, node: str, folder: Path) -> None:
        """Run by this Node.js."""
        self.node, self.image = node, folder / "image.tar"

    def run(self, archive: bytes, own: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run it on an archive."""
        self.image.write_bytes(archive)
        with as_file(files("pipeline.nodes.probes")) as folder:
            command = [self.node, str(folder / "look.mjs"), str(self.image), str(own)]
            return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    def look(self, *layers: bytes, own: int = 0, **config: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """The findings in these layers."""
        return list(self.printed(Layout(*layers, **config).tarball(), own)["findings"])

    def printed(self, archive: bytes, own: int = 0) -> dict[str, Any]:
        """What it prints about an archive that it can read."""
        done = self.run(archive, own)
        assert done.stderr == ""
        return dict(json.loads(done.stdout))

    def refused(self, archive: bytes) -> str:
        """The one sentence with which it ends; nothing that could be taken for a look is printed."""
        done = self.run(archive)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("pipeline-error: ")
        return line.removeprefix("pipeline-error: ")


@pytest.fixture
def probe(node: str, tmp_path: Path) -> Probe:
    """The program."""
    return Probe(node, tmp_path)


def seen(findings: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """Rules and paths."""
    return {(found["rule"], found["path"]) for found in findings}


def places(findings: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    """Paths and lines."""
    return [(found["path"], found["line"]) for found in findings]


def links(kind: bytes, members: dict[str, str]) -> bytes:
    """A layer of links."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as out:
        for name, target in members.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            out.addfile(entry)
    return archive.getvalue()


def folder(*names: str) -> bytes:
    """A layer of folders."""
    return links(tarfile.DIRTYPE, dict.fromkeys(names, ""))


NAMED: Final = [
    ("env-file", [".env", "app/.env", "app/.env.local", "app/.env.production", "app/.envrc", "app/.env.example.local"]),
    ("private-key", ["root/.ssh/id_rsa", "a/id_ed25519", "a/id_ecdsa", "a/id_dsa", "a/id_ed25519_sk", "a/site.pfx"]),
    ("private-key", ["a/site.p12", "a/putty.ppk", "a/server.jks", "a/release.keystore"]),
    ("credentials", ["root/.netrc", "root/.pypirc", "root/.git-credentials", "root/.pgpass", "root/.aws/credentials"]),
    (
        "credentials",
        ["root/.kube/config", "root/.config/gh/hosts.yml", "r/.config/gcloud/application_default_credentials.json"],
    ),
]
HARMLESS: Final = [
    *["app/.env.example", "app/.env.sample", "app/.env.local.template", "app/.env.dist", "app/env", "app/.environment"],
    *["root/.ssh/id_rsa.pub", "root/.ssh/known_hosts", "a/id_rsa.go", "etc/ssl/certs/ca.pem", "a/truststore.jks"],
    *["etc/ssl/certs/java/cacerts.jks", "root/.aws/config", "etc/credentials", "etc/kube/config", "root/netrc"],
    *["app/.gitignore", "app/.github/workflows/ci.yml", "app/x.git/HEAD", "app/git/HEAD"],
]


@pytest.mark.parametrize(("rule", "paths"), NAMED)
def test_names_give_files_away(probe: Probe, rule: str, paths: list[str]) -> None:
    """In any layer, whatever they hold."""
    layer = tar(dict.fromkeys(paths, b"x"))
    assert seen(probe.look(layer, tar({}), own=1)) == {(rule, path) for path in paths}


def test_similar_names_are_no_finding(probe: Probe) -> None:
    """Templates, public halves, stores of certificates to trust."""
    assert probe.look(tar(dict.fromkeys(HARMLESS, b"x"))) == []


def test_a_git_folder_is_reported_once(probe: Probe) -> None:
    """It has thousands of files. A worktree's .git is a file that names the folder."""
    lower = tar(dict.fromkeys(["app/.git/HEAD", "app/.git/refs/.git/x", "app/lib/.git/config", "sub/.git"], b"x"))
    found = probe.look(lower, folder("empty/.git"), own=1)
    assert [path for path, _ in places(found)] == ["app/.git", "app/lib/.git", "sub/.git", "empty/.git"]
    assert seen(found) == {("git-folder", path) for path, _ in places(found)}


HIDDEN: Final = [
    ("root/.npmrc", "//registry.test/:_auth" + "Token={}"),
    ("app/.npmrc", "a=b\n_auth" + " = {}"),
    ("usr/local/etc/npmrc", "//r/:_pass" + 'word="{}"'),
    ("app/.yarnrc.yml", "npmAuth" + "Token: {}"),
    ("root/.docker/config.json", '{{"auths": {{"ghcr.io": {{"au' + 'th": "{}"}}}}}}'),
    ("root/.dockercfg", '{{"https://r/": {{"au' + 'th": "{}"}}}}'),
]


@pytest.mark.parametrize(("path", "setting"), HIDDEN)
def test_settings_are_credentials_where_they_hold_one(probe: Probe, path: str, setting: str) -> None:
    """The same file without one is not reported, nor under a name that no tool reads."""
    layer = tar({path: setting.format(drawn(20)).encode(), "app/readme.txt": setting.format(drawn(20)).encode()})
    assert seen(probe.look(layer, tar({}), own=1)) == {("credentials", path)}
    assert probe.look(tar({path: setting.format("").encode()})) == []


@pytest.mark.parametrize("value", ["${NPM_TOKEN}", '"${NPM_TOKEN}"'])
def test_a_variable_is_no_credential(probe: Probe, value: str) -> None:
    """It is filled in where npm runs; neither is a comment."""
    lines = f"//registry.test/:_authToken={value}\n# //registry.test/:_authToken={drawn(20)}\n"
    assert probe.look(tar({"app/.npmrc": lines.encode()})) == []


OWN: Final = [
    ("test-file", ["a/x_test.go", "a/x.test.ts", "a/x.spec.mjs", "a/x.test.jsx", "a/__tests__/x.js"]),
    ("source-map", ["a/x.js.map", "a/x.css.map", "a/x.mjs.map", "a/x.cjs.map"]),
    ("cache", ["node_modules/.cache", "a/.next/cache", "root/.npm/_cacache", "root/.cache/go-build", "a/.mypy_cache"]),
]


@pytest.mark.parametrize(("rule", "paths"), OWN)
def test_only_the_own_layers_are_held_to_what_an_application_needs(probe: Probe, rule: str, paths: list[str]) -> None:
    """Bases ship what they like; 0 means that all layers are the application's."""
    layer = tar({path + ("/a" if rule == "cache" else ""): b"x" for path in paths})
    other = tar({"other": b""})
    assert probe.look(layer, other, own=1) == []
    assert seen(probe.look(other, layer, own=1)) == {(rule, path) for path in paths}
    assert len(probe.look(layer, other, own=2)) == len(probe.look(layer, other, own=0)) == len(paths)


def test_a_base_that_is_not_known_may_ship_its_own(probe: Probe) -> None:
    """With 0 its files are told by their folders. With a known base these hold what the application put there."""
    bases = ["usr/local/go/src/a", "usr/local/lib/a", "usr/lib/python3/dist-packages/a", "usr/share/a", "opt/yarn-v1/a"]
    names = [f"{base}/{name}" for base in bases for name in ("x_test.go", "x.css.map", ".next/cache/x")]
    others = ["usr/local/app/x_test.go", "opt/a/x.js.map", "app/usr/lib/x.test.js", "usr/libx/.next/cache/x"]
    layer = tar(dict.fromkeys([*names, *others], b"x"))
    told = [name.removesuffix("e/x") + "e" if name.endswith("cache/x") else name for name in [*names, *others]]
    assert [path for path, _ in places(probe.look(layer))] == told[len(names) :]
    assert [path for path, _ in places(probe.look(tar({}), layer, own=1))] == told
    assert seen(probe.look(tar({"usr/share/a/.env": b"x"}))) == {("env-file", "usr/share/a/.env")}


def test_what_others_ship_and_similar_names_are_left_alone(probe: Probe) -> None:
    """Packages bring tests and maps of their own; a map of sites is none of sources."""
    names = ["node_modules/a/x.test.js", "app/node_modules/a/__tests__/x.js", "node_modules/a/x.js.map"]
    names += ["a/site.map", "a/latest.js", "a/contest.go", "a/x_test.gotmpl", "a/cache/x", "a/__pycache__/x.pyc"]
    assert probe.look(tar(dict.fromkeys(names, b"x")), folder("a/.next/cache", "b/.next/cache/")) == []


TOKENS: Final = {
    "aws-access-key-id": ["AKIA" + drawn(16, string.ascii_uppercase), "ASIA" + drawn(16, string.ascii_uppercase)],
    "github-token": [*[f"gh{kind}_" + drawn(36) for kind in "pousr"], f"github_pat_{drawn(22)}_" + drawn(59)],
    "npm-token": ["npm_" + drawn(36)],
    "slack-token": [
        *["xoxb-" + f"123456789012-123456789012-{drawn(24)}", "xapp-" + f"1-A0123456789-1234567890123-{'0a' * 32}"],
        "https://hooks.slack.com/services/" + f"T0123456789/B0123456789/{drawn(24)}",
    ],
    "google-api-key": ["AIza" + drawn(35)],
    "stripe-secret-key": ["sk_live_" + drawn(24), "rk_live_" + drawn(24)],
}


@pytest.mark.parametrize("rule", TOKENS)
def test_tokens_are_found_in_texts(probe: Probe, rule: str) -> None:
    """In any file of any layer; the line is printed, the token is not."""
    text = "".join(f'one\ntwo = "{token}"\n' for token in TOKENS[rule])
    done = probe.run(Layout(tar({"app/x": text.encode()}), tar({})).tarball(), own=1)
    found = json.loads(done.stdout)["findings"]
    assert seen(found) == {(rule, "app/x")}
    assert places(found) == [("app/x", 2 * number + 2) for number in range(len(TOKENS[rule]))]
    assert not any(token in done.stdout + done.stderr for token in TOKENS[rule])


@pytest.mark.parametrize(
    "text",
    [
        *["AKIA" + "IOSFODNN7EXAMPLE", "AKIA" + drawn(15, "ABC"), "x" + TOKENS["aws-access-key-id"][0]],
        *["ghp_" + "x" * 36, "ghp_" + drawn(35), "ghx_" + drawn(36), "npm_" + drawn(35), "npm_" + drawn(37)],
        *["npm_config_" + "registry_" * 4, "xoxb-your-token", "AIza" + drawn(20), "sk_test_" + drawn(24)],
        *[pem(body=""), pem(body="..."), pem(body="x" * 64), pem("PUBLIC").replace("PRIVATE ", "")],
        'const begin = "' + pem(body='";\nconst end = "').replace("\n", "", 1),
        "if (text.startsWith('" + pem(body="").splitlines()[0] + "')) return decode(text.slice(27));",
        pem(body="key_" + "long_name_of_a_function_that_is_no_base64" * 2),
    ],
)
def test_what_only_looks_like_a_secret_is_none(probe: Probe, text: str) -> None:
    """Examples, too short ones, and programs that read keys."""
    assert probe.look(tar({"app/x": f"a {text} b\n".encode()})) == []


KEYS: Final = {
    "pkcs8": pem(""),
    "openssh": pem("OPENSSH "),
    "pgp": pem("PGP ", head="Version: 1\n\n").replace("KEY-----", "KEY BLOCK-----"),
    "encrypted": pem(head="Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n"),
    "windows": pem().replace("\n", "\r\n"),
    "indented": "key: |\n    " + pem("EC ", head="Comment: a\n\n").replace("\n", "\n    "),
    "escaped": json.dumps({"private_key": pem("")}),
    "escaped twice": json.dumps(json.dumps({"private_key": pem("")})),
    "joined": '"' + pem("").replace("\n", '\\n" +\n "'),
    "one line": pem("").replace("\n", " "),
}


@pytest.mark.parametrize("form", KEYS)
def test_a_private_key_is_found_in_every_form(probe: Probe, form: str) -> None:
    """As tools write it, and as it stands in JSON, YAML and source code."""
    line = 2 if form == "indented" else 1
    found = probe.look(tar({"etc/x": KEYS[form].encode()}), tar({}), own=1)
    assert [(f["rule"], f["path"], f["line"]) for f in found] == [("private-key", "etc/x", line)]


def test_a_key_is_reported_once_with_its_line(probe: Probe) -> None:
    """Name and content say the same."""
    assert places(probe.look(tar({"root/id_rsa": b"\n" + pem().encode()}))) == [("root/id_rsa", 2)]


def test_the_keys_that_go_publishes_are_known(probe: Probe) -> None:
    """They lie in every image with the tool chain; the same file elsewhere is a finding."""
    name = "src/crypto/tls/testdata/example-key.pem"
    layer = tar({f"usr/local/go/{name}": pem().encode(), f"app/{name}": pem().encode()})
    assert places(probe.look(layer)) == [(f"app/{name}", 1)]


def test_gnutls_carries_keys_to_test_itself(probe: Probe) -> None:
    """They are published with it, and every Debian has it; another library that holds one is a finding."""
    names = ["usr/lib/x86_64-linux-gnu/libgnutls.so.30.40.3", "usr/lib/libgnutls.so.30", "usr/lib/libgnutls-x.so"]
    found = probe.look(tar(dict.fromkeys(names, b"\0" + pem().encode())))
    assert places(found) == [(names[2], 0)]


WINDOW: Final = 1 << 20
OVERLAP: Final = 1 << 13


def test_binary_and_large_files_are_searched(probe: Probe) -> None:
    """A NUL in the first 8 kB tells a binary one, which has no lines."""
    key, filler = pem().encode(), b"x\n" * (WINDOW // 2)
    layer = tar(
        {
            "binary": b"\0_" + key + bytes(3 * WINDOW) + f'"{TOKENS["github-token"][0]}"'.encode() + key,
            "late": b"\n" + key + b"\n" * 9000 + b"\0",
            "full": filler[: -len(key)] + key,
            "large": filler * 2 + key + filler + key,
        }
    )
    lines, more = WINDOW // 2, key.count(b"\n")
    assert [(f["rule"], f["path"], f["line"]) for f in probe.look(layer)] == [
        ("private-key", "binary", 0),
        ("github-token", "binary", 0),
        ("private-key", "late", 2),
        ("private-key", "full", lines - len(key) // 2 + (1 - len(key) % 2)),
        ("private-key", "large", 2 * lines + 1),
        ("private-key", "large", 3 * lines + more + 1),
    ]


@pytest.mark.parametrize("binary", [False, True])
def test_what_lies_across_two_windows_is_found_once(probe: Probe, binary: bool) -> None:
    """Wherever the border cuts it, with its line."""
    head, token = b"\0\n" if binary else b"\n\n", TOKENS["github-token"][0].encode()
    borders = [
        end - (n > 1) * n * OVERLAP for n, end in ((0, WINDOW), (1, WINDOW - OVERLAP), (0, 2 * WINDOW - OVERLAP))
    ]
    starts = [border + shift for border in borders for shift in (-len(token), -40, -20, -4, -2, -1, 0, 1, 2)]
    members = {f"t{at}": head + b" " * (at - 2) + token + b" " * 9000 for at in starts}
    members |= {f"k{at}": head + b" " * (at - 2) + pem("EC ").encode() + b" " * 9000 for at in starts}
    line = 0 if binary else 3
    assert places(probe.look(tar(members))) == [(name, line) for name in members]


def test_what_comes_before_a_window_still_counts(probe: Probe) -> None:
    """A token begins where no word does, also where a window does."""
    token = "x" + TOKENS["npm-token"][0]
    starts = [border + shift for border in (WINDOW - OVERLAP, WINDOW) for shift in (-2, -1, 0, 1)]
    assert probe.look(tar({str(at): b" " * at + token.encode() + b" " * 9000 for at in starts})) == []


def test_compiled_tokens_have_no_space_around_them(probe: Probe) -> None:
    """Go puts its strings side by side; words of another language look otherwise. In a text it is no token."""
    glued = [(rule, token) for rule in TOKENS if rule != "aws-access-key-id" for token in TOKENS[rule]]
    glued = [(rule, token.replace("AIza", "AIzaSy")[:39] if "AIza" in token else token) for rule, token in glued]
    table = {f"{n}-{rule}": f"key length{token}time: Stop called" for n, (rule, token) in enumerate(glued)}
    binary = {name: b"\0" + text.encode() for name, text in table.items()}
    assert seen(probe.look(tar(binary))) == {(name.split("-", 1)[1], name) for name in binary}
    both = TOKENS["npm-token"][0] + TOKENS["github-token"][0] + TOKENS["npm-token"][0]
    assert {rule for rule, _ in seen(probe.look(tar({"x": b"\0key" + both.encode()})))} == {"npm-token", "github-token"}
    assert probe.look(tar({"x": ("length" + both).encode()})) == []


MARKER: Final = pem().splitlines()[0]


@pytest.mark.parametrize(
    "text",
    [
        *[MARKER, MARKER + "\0" * 20 + drawn(64), MARKER + "invalidNamesThatAnotherStringOfTheTableHolds" * 2],
        *[MARKER + "\n\0" + drawn(64), MARKER + "%s\n" + MARKER.replace("BEGIN", "END"), MARKER + "\n" + MARKER],
        "lxnpm_" + "openreadtruestatsyncfilelinkDATAPINGIdleOpenHost",
        "gho_ghp_" + "IdleOpenHostPOSTsha1HTTPreadtruestatsyncfile",
        *["QALAKIA" + "SAEKAKMAUEBQQIQ3RMMMQsgB", "wAIza" + "2ggDCAEIAQpApgBIgw3A2ggDCAEIAQpApgBIgw3"],
        f'"AKIA{drawn(9, "ABC")}EXAMPLE" ghp_[0-9a-zA-Z]{{36}}',
        f"{MARKER}\0ghp_\0npm_\0xoxb-\0AKIA",
    ],
)
def test_programs_that_know_secrets_hold_none(probe: Probe, text: str) -> None:
    """Markers without a body, prefixes of tokens in a table of strings, base64 of WebAssembly."""
    assert probe.look(tar({"usr/bin/x": f"\x7fELF\0{text}\0".encode()})) == []


def test_settings_are_read_whatever_their_size(probe: Probe) -> None:
    """So does npm."""
    setting = ("//registry.test/:_auth" + f"Token={drawn(20)}\n").encode()
    members = {"a/.npmrc": b"a=b\n" * (WINDOW // 2) + setting, "b/.npmrc": b"a=\0\n" + setting}
    assert [(f["rule"], f["path"]) for f in probe.look(tar(members))] == [("credentials", name) for name in members]


@pytest.mark.parametrize(
    "config",
    [
        {"config": {"Env": ["PATH=/bin", f"TOKEN={TOKENS['npm-token'][0]}"]}},
        {"config": {"Labels": {"token": TOKENS["npm-token"][0]}}},
        {"history": [{"created_by": f"RUN curl -H {TOKENS['npm-token'][0]} https://x"}]},
    ],
)
def test_the_config_is_searched_too(probe: Probe, config: dict[str, Any]) -> None:
    """Variables, labels, and the command lines of the history."""
    (found,) = probe.look(tar({}), **config)
    assert found == {"rule": "npm-token", "path": "config", "layer": "", "line": 0, "deleted": False}


ENV: Final = tar({"app/.env": b"x"})


@pytest.mark.parametrize(
    ("upper", "deleted"),
    [
        (tar({"app/.wh..env": b""}), True),
        (tar({".wh.app": b""}), True),
        (tar({"app/.wh..wh..opq": b""}), True),
        (tar({".wh..wh..opq": b""}), True),
        (tar({"app": b"a file"}), True),
        (links(tarfile.SYMTYPE, {"app/.env": "/run/secrets/env"}), True),
        (links(tarfile.LNKTYPE, {"./app//.env": "x"}), True),
        (folder("app/.env"), True),
        (folder("app"), False),
        (tar({"app/.wh..env.local": b"", "app/.wh.x": b"", "ap/.wh..wh..opq": b""}), False),
        (tar({"app/.environment": b""}), False),
    ],
)
def test_what_a_later_layer_took_away_is_marked(probe: Probe, upper: bytes, deleted: bool) -> None:
    """By a whiteout, an opaque folder, or something else in its place; it is in the image all the same."""
    (found,) = [f for f in probe.look(ENV, upper, tar({"z": b""})) if f["layer"] == digest_of(ENV)]
    assert (found["rule"], found["path"], found["deleted"]) == ("env-file", "app/.env", deleted)


def test_a_replaced_secret_is_two_findings(probe: Probe) -> None:
    """The old one below, the new one above; a whiteout in its own layer takes nothing away."""
    upper = tar({"app/.wh..wh..opq": b"", "app/.wh..env": b"", "app/.env": b"y"})
    assert [f["deleted"] for f in probe.look(ENV, upper)] == [True, False]


def test_a_git_folder_is_deleted_with_all_it_holds(probe: Probe) -> None:
    """One file of it less, or the folder written again, leave it there."""
    lower = tar({"app/.git/HEAD": b"x"})
    taken = [tar({"app/.wh..git": b""}), tar({"app/.git/.wh..wh..opq": b""}), tar({"app/.git/.wh.HEAD": b""})]
    assert [probe.look(lower, upper)[0]["deleted"] for upper in [*taken, folder("app/.git")]] == [
        True,
        True,
        False,
        False,
    ]


def test_what_a_whiteout_holds_is_searched(probe: Probe) -> None:
    """It should be empty; one that is not hides something."""
    layer = tar({"app/.wh.a.p12": b"", "app/.wh.b.js.map": b"", "app/.wh.c": pem().encode()})
    assert seen(probe.look(layer)) == {("private-key", "app/.wh.c")}


def packers(node: str) -> dict[str, Callable[[bytes], bytes]]:
    """The ways in which layers are compressed."""

    def zstd(layer: bytes) -> bytes:
        script = "process.stdout.write(require('node:zlib').zstdCompressSync(require('node:fs').readFileSync(0)))"
        return subprocess.run([node, "-e", script], check=True, capture_output=True, input=layer).stdout

    return {
        "plain": bytes,
        "gzip": gzip.compress,
        "zstd": zstd,
        "gzip members": lambda layer: gzip.compress(layer[:700]) + gzip.compress(layer[700:]),
        "zstd frames": lambda layer: bytes.fromhex("502a4d18040000000badcafe") + zstd(layer[:700]) + zstd(layer[700:]),
    }


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd", "gzip members", "zstd frames"])
def test_layers_are_read_however_they_are_compressed(probe: Probe, node: str, packing: str) -> None:
    """Counted too: folders and links are no files."""
    layers = [tar({"a": drawn(3000).encode(), "app/.env": b"x"}), links(tarfile.SYMTYPE, {"b": "a"})]
    printed = probe.printed(Layout(*layers, pack=packers(node)[packing]).tarball())
    assert (printed["layers"], printed["files"], seen(printed["findings"])) == (2, 2, {("env-file", "app/.env")})


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd"])
def test_a_layer_that_is_cut_short_is_refused(probe: Probe, node: str, packing: str) -> None:
    """Whatever a scanner makes of its first half."""
    layout = Layout(tar({"a": drawn(30_000).encode()}), pack=packers(node)[packing])
    short = layout.packed[0][: len(layout.packed[0]) // 2]
    assert probe.refused(layout.tarball(layer=short)) == (
        f"a blob of the image that should have the digest {layout.layers[0]} has {digest_of(short)}"
    )
    # The manifest may name the cut blob, too: then the config does not.
    whole = layout.config["rootfs"]
    cut = Layout(pack=bytes, rootfs=whole)
    cut.layers = [cut.add(short)]
    assert probe.refused(cut.tarball())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_tarball_that_is_cut_short_is_refused(probe: Probe, share: float) -> None:
    """Wherever it ends."""
    archive = Layout(tar({"a": drawn(50_000).encode()})).tarball()
    assert probe.refused(archive[: int(len(archive) * share)])
    assert "cut short in " in probe.refused(archive[:20_000])


@pytest.mark.parametrize("blob", ["layer", "config", "manifest"])
def test_a_blob_with_another_digest_is_refused(probe: Probe, blob: str) -> None:
    """Whichever it is: it would not be what the registry gets."""
    other = tar({"b": b"2"}) if blob == "layer" else b'{"config": {}, "layers": []}'
    said = probe.refused(Layout(tar({"a": b"1"})).tarball(**{blob: other}))
    assert said.startswith("a blob of the image that should have the digest sha256:")
    assert said.endswith(f" has {digest_of(other)}")


@pytest.mark.parametrize("blob", ["layer", "config", "manifest"])
def test_a_missing_blob_is_refused(probe: Probe, blob: str) -> None:
    """Its digest is named."""
    assert probe.refused(Layout(tar({"a": b"1"})).tarball(**{blob: None})).startswith(
        "the image's tarball lacks sha256:"
    )


def test_a_layer_that_unpacks_to_something_else_is_refused(probe: Probe) -> None:
    """The config says what each layer is unpacked, in order."""
    first, second = tar({"a": b"1"}), tar({"b": b"2"})
    swapped = {"diff_ids": [digest_of(second), digest_of(first)]}
    layout = Layout(first, second, pack=gzip.compress, rootfs=swapped)
    assert probe.refused(layout.tarball()) == (
        f"the layer {layout.layers[0]} unpacks to {digest_of(first)} where the image's config says {digest_of(second)}"
    )


@pytest.mark.parametrize("diffs", [[], [digest_of(b"")] * 2, None])
def test_config_and_manifest_have_to_name_as_many_layers(probe: Probe, diffs: list[str] | None) -> None:
    """Or one of them speaks of another image."""
    said = probe.refused(Layout(tar({}), rootfs={"diff_ids": diffs}).tarball())
    assert said.startswith("the image's manifest names 1 layers and its config ")


def test_other_archives_are_refused(probe: Probe) -> None:
    """Nothing, no tar archive, no OCI layout, several images, and a layer that is no archive."""
    assert "has no index.json" in probe.refused(b"")
    assert "is no tar archive" in probe.refused(b"a text\n" * 200)
    assert "has no index.json" in probe.refused(tar({"manifest.json": b"[]"}))
    assert "holds 2 images" in probe.refused(tar({"index.json": b'{"manifests": [{}, {}]}'}))
    assert "is no JSON" in probe.refused(tar({"index.json": b'{"manifests'}))
    assert probe.refused(Layout(b"no archive" * 60).tarball()) == "a layer is no tar archive, or a broken one"
    assert "cannot be unpacked: " in probe.refused(Layout(tar({}), pack=lambda _: b"\x1f\x8bbroken").tarball())


def test_what_follows_the_end_of_an_archive_is_read(probe: Probe) -> None:
    """Some tools stop at the first empty block, others do not."""
    layer = tar({"a": b"1"})
    assert places(probe.look(layer + ENV)) == [("app/.env", 0)]
    assert "broken one" in probe.refused(Layout(layer + b"hidden" * 200).tarball())


def test_headers_that_mislead_are_read_as_runtimes_read_them(probe: Probe) -> None:
    """A link has no content though its header gives a size, and a pax size goes before the header's."""
    link, file = tarfile.TarInfo("b"), tarfile.TarInfo("c")
    link.type, link.size = tarfile.LNKTYPE, 2048
    file.pax_headers = {"size": "512"}
    layer = link.tobuf() + file.tobuf(tarfile.PAX_FORMAT) + bytes(range(256)) * 2 + ENV
    assert places(probe.look(layer)) == [("app/.env", 0)]


def test_headers_that_are_not_understood_are_refused(probe: Probe) -> None:
    """What follows them might be read as something else than it is."""
    sparse, long, broken = tarfile.TarInfo("s"), tarfile.TarInfo("l"), tarfile.TarInfo("b")
    sparse.type, long.pax_headers, broken.type, broken.size = b"S", {"comment": "x" * (1 << 20)}, tarfile.XHDTYPE, 512
    said = [
        probe.refused(Layout(layer + bytes(1024)).tarball())
        for layer in (sparse.tobuf(), long.tobuf(tarfile.PAX_FORMAT), broken.tobuf() + b"9999 path=a\n" + bytes(500))
    ]
    assert said[0] == "a layer holds a sparse file in GNU's old format, which is not understood"
    assert said[1].startswith("a layer has a header of 1048")
    assert said[2] == "a layer has a broken pax header"


def test_a_layer_whose_last_file_is_not_whole_is_refused(probe: Probe) -> None:
    """Though every digest is right."""
    layer = tar({"a": bytes(5000)})[:3000]
    assert probe.refused(Layout(layer).tarball()) == "a layer is cut short in the middle of a file"


HOSTILE: Final = ["app/\n/.env", "app/\x1b[31m/.env", "../../etc/.env", "/abs/.env", "é\u202e/.env", 'q"\\/.env']


def test_hostile_names_are_printed_as_json_alone(probe: Probe) -> None:
    """On one line, without control characters, as the paths to which a runtime resolves them."""
    layer = tar(dict.fromkeys([*HOSTILE, "n\n30 path=other\n/.env"], b"x"))
    done = probe.run(Layout(layer).tarball())
    assert (done.stderr, done.stdout.count("\n"), "\x1b" in done.stdout) == ("", 1, False)
    resolved = [name.replace("../../", "").removeprefix("/") for name in HOSTILE]
    found = [path for path, _ in places(json.loads(done.stdout)["findings"])]
    assert found == [*resolved, "n\n30 path=other\n/.env"]
    hidden = probe.look(tar({"a\nb/.git/HEAD": b"x"}), tar({"a\nb/.wh..git": b""}))
    assert [(found["path"], found["deleted"]) for found in hidden] == [("a\nb/.git", True)]


def test_hostile_names_do_not_reach_errors_as_they_are(probe: Probe) -> None:
    """One line, whatever the digest of a layer says."""
    layout = Layout(tar({}))
    layout.layers = ["sha256:\n\x1b[31mpipeline-error: all is well"]
    assert probe.refused(layout.tarball()).startswith("the image's tarball lacks sha256:  [31mpipeline-error")


def test_a_hard_link_is_a_file_and_a_symbolic_link_is_none(probe: Probe) -> None:
    """The one is another name of the content, the other may lead to what is mounted there."""
    layer = links(tarfile.LNKTYPE, {"app/.env": "app/x"}) + links(tarfile.SYMTYPE, {"b/.env": "x", "c/.git": "x"})
    assert seen(probe.look(layer)) == {("env-file", "app/.env")}


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program prints the most memory that it took, in kB, as an error. The system counts its parent's, too."""
    report = tmp_path / "report.cjs"
    report.write_text("""
        let most = 0;
        setInterval(() => (most = Math.max(most, process.memoryUsage.rss() >> 10)), 5).unref();
        process.on("exit", () => console.error(most));
    """)
    monkeypatch.setenv("NODE_OPTIONS", f"--require={report}")


@pytest.mark.usefixtures("measured")
def test_a_huge_file_takes_no_memory(probe: Probe) -> None:
    """It is searched in pieces, and what comes after it is found."""
    entry, piece, tail = tarfile.TarInfo("huge"), bytes(WINDOW), tar({"app/.env": b"x"})
    entry.size = 600 * len(piece)
    diff = hashlib.sha256(entry.tobuf())
    for _ in range(600):
        diff.update(piece)
    diff.update(tail)
    layout = Layout(rootfs={"diff_ids": [f"sha256:{diff.hexdigest()}"]})
    members = [gzip.compress(part) for part in (entry.tobuf(), piece, tail)]
    layout.layers = [layout.add(members[0] + members[1] * 600 + members[2])]
    done = probe.run(layout.tarball())
    assert seen(json.loads(done.stdout)["findings"]) == {("env-file", "app/.env")}
    assert 20_000 < int(done.stderr) < 200_000


@pytest.mark.usefixtures("measured")
def test_a_file_of_50_mb_is_searched_to_its_end(probe: Probe) -> None:
    """As text, with the line, and as a program."""
    text = b"const a = 'npm_config_registry';\n" * 1_500_000
    token = TOKENS["stripe-secret-key"][0].encode()
    done = probe.run(Layout(tar({"server.js": text + token, "api": b"\0" + text + token})).tarball())
    assert places(json.loads(done.stdout)["findings"]) == [("server.js", 1_500_001), ("api", 0)]
    assert 20_000 < int(done.stderr) < 200_000


def test_a_hostile_text_takes_no_time(probe: Probe) -> None:
    """Neither markers without end nor thousands of tokens make it slow."""
    marker = pem().splitlines()[0]
    texts = [(marker + "\n" + "abcd: " * 30) * 4000, marker + "+ " * 400_000, f"{TOKENS['npm-token'][0]}\n" * 20_000]
    texts += ["\n".join([marker, *["Abcd: " + "Abcd: " * 20] * 5000]), "xoxb-" + "1-" * 400_000, "ghp_" + "a" * 900_000]
    texts += ["-xoxb-1" * 150_000, "-ghp_npm_AIza" * 80_000, "\n" * 1_000_000 + marker * 9]
    contents = [text.encode()[:WINDOW] for text in texts]
    start = time.monotonic()
    _ = probe.look(tar({str(n): text for n, text in enumerate([*contents, *[b"\0" + text for text in contents]])}))
    assert time.monotonic() - start < 10
