"""Workflows of GitHub Actions: what is asked for, and the calls that stand in them."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.policy.destinations import addresses, repository_of
from pipeline.policy.plan import BRANCHES

DAGGER: Final = "0.21.8"
"""The version of the Dagger CLI and engine: that of dagger.json."""

FOLDER: Final = ".github/workflows"

NAMES: Final = ("ci.yml", "build.yml", "release.yml")
"""Every file; the last one is for releases."""

_GITHUB: Final = "ghcr.io"
"""The registry that takes a workflow's own token."""

_KINDS: Final = ("go-app", "next-app", "dockerfile-app")
_MAIN: Final = "main"

# What needs no quotes in YAML, in bash, in the Dagger shell and in the action that runs them, one inside of the other.
_WORD: Final = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_BRANCH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION: Final = r"(?:[A-Za-z0-9._-]+/)*v?\d+\.\d+\.\d+(?:-[A-Za-z0-9.-]+)?"
_MODULE: Final = re.compile(rf"[a-z0-9][a-z0-9.-]*\.[a-z]+(?:/[A-Za-z0-9._-]+)+@(?:{_VERSION}|[0-9a-f]{{40}})")
_REGISTRY: Final = re.compile(r"[a-z0-9.-]+\.[a-z]+(?::[0-9]+)?(?:/[a-z0-9._{}-]+)*")

Chain = Sequence[str]
"""A call: functions of the module with their flags, each called on what the one before it gave."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Workflows:
    """What somebody wants workflows for.

    `registry` is where images go to, as `publish --to` takes it. `apps` are applications as the Dagger shell makes
    them, `go-app billing ./billing --port 9000`; `module` is where this module is then, github.com/owner/name@v1.2.3.
    Without both, the repository is a module with the functions itself; where they are `generated`, a generator of that
    module writes them without an argument, and a check can hold them against it. Without `releases` version tags
    publish images and nothing else. `code_scanning` and `attest` are features that a private repository may not have.
    `caches` is a repository that keeps what checks begin with, which then pull the images of what did not change, too;
    "" is none.

    Raises:
        ValueError: one of them is none, or could say something else where it is written.
    """

    registry: str
    branch: str = _MAIN
    apps: Sequence[str] = ()
    module: str = ""
    runner: str = "ubuntu-24.04"
    releases: bool = True
    code_scanning: bool = True
    attest: bool = True
    caches: str = ""
    generated: bool = False

    def __post_init__(self) -> None:
        """See that everything is what it is called."""
        if not _REGISTRY.fullmatch(self.registry):
            raise ValueError(
                f"{self.registry!r} is no place for images; give a registry with a folder, as ghcr.io/acme or "
                "ghcr.io/acme/shop-{app}"
            )
        _ = repository_of(*addresses([self.registry], "app"))
        if self.caches:
            _see_caches(self.caches, self.host)
        if not _BRANCH.fullmatch(self.branch) or ".." in self.branch or self.branch.endswith((".", "/", ".lock")):
            raise ValueError(
                f"{self.branch!r} is no branch that a workflow can name: letters, digits, '.', '_', '/' and '-'"
            )
        if not _LABEL.fullmatch(self.runner):
            raise ValueError(f"{self.runner!r} is no label of a runner, such as ubuntu-24.04")
        if self.module and not _MODULE.fullmatch(self.module):
            raise ValueError(
                f"{self.module!r} is no address of a module at a version or a commit, such as "
                "github.com/owner/name@v1.2.3; it gets tokens that write, so say which one it has to be"
            )
        if bool(self.module) != bool(self.apps):
            raise ValueError(
                "applications and the module that makes them go together: give both, with --app and --module; a "
                "repository that is a module of its own needs neither"
            )
        for app in self.apps:
            _ = _application(app)

    @property
    def host(self) -> str:
        """The registry alone."""
        return self.registry.partition("/")[0]

    @property
    def github_registry(self) -> bool:
        """Whether the registry takes a workflow's own token."""
        return self.host == _GITHUB

    @property
    def shell(self) -> bool:
        """Whether calls are written for the Dagger shell: it alone can pass applications."""
        return bool(self.apps)

    def ready(self, *options: str) -> Chain:
        """The module with its applications; where the repository is a module of its own, nothing but the options."""
        if not self.shell:
            return [" ".join(options)] if options else []
        made = [f"with-app $({self.module} | {_application(app)})" for app in self.apps]
        return [" ".join([self.module, "--repository .", *options]), "without-apps", *made]

    @property
    def calls(self) -> Mapping[str, Chain]:
        """Every call of the workflows, by name."""
        login = (
            f'with-registry-auth --address {self.host} --username "$REGISTRY_USERNAME" --secret env://REGISTRY_TOKEN'
        )
        named = [f'--branch "{one}"' for one in (self.branch, *BRANCHES[1:])] if self.branch != _MAIN else []
        # The Dagger shell takes a path for one in the repository.
        file = '$(host | file "$GITHUB_EVENT_PATH")' if self.shell else '"$GITHUB_EVENT_PATH"'
        event = f'--event {file} --event-name "$GITHUB_EVENT_NAME"'
        release = [
            'release --version "$GITHUB_REF_NAME"',
            f"--to {self.registry}",
            '--github-repository "$GITHUB_REPOSITORY"',
            "--github-token env://GITHUB_TOKEN",
            *named,
            '--holder "$RUN"',
            *(["--attested"] if self.attest else []),
            "--as-json",
        ]
        begun = [f"--caches {self.caches}", f"--published {self.registry}"] if self.caches else []
        return {
            "report": [*self.ready(*begun), "reports", "export --path report"],
            "verdict": [*self.ready()[:1], "verdict --report report"],
            "publish": [*self.ready(), login, f"publish --to {self.registry} {event} --as-json"],
            **({"keep": [*self.ready(), login, f"keep-caches --address {self.caches}"]} if self.caches else {}),
            "release": [*self.ready(), login, " ".join(release)],
            "verify": [*self.ready(), login, 'verify --image "$IMAGE"'],
        }


def _see_caches(caches: str, host: str) -> None:
    """See that caches are kept where images are: the workflows have the user of one registry.

    Raises:
        ValueError: they are not, or it is no repository.
    """
    if not _REGISTRY.fullmatch(caches) or "{" in caches or not caches.startswith(f"{host}/"):
        raise ValueError(
            f"{caches!r} is no repository for caches on {host}, where images go to; give one as {host}/acme/caches"
        )


def _application(app: str) -> str:
    """An application with the place that it has in the repository, so that it is stamped with its commits.

    Raises:
        ValueError: it is none, or has words that would need quotes.
    """
    kind, name, folder, *flags = [*app.split(), "", "", ""][: max(3, len(app.split()))]
    words = [kind, name, folder, *flags]
    path = folder.removeprefix("./")
    relative = path and not path.startswith(("/", "-", "../")) and "://" not in path
    if kind not in _KINDS or not all(map(_WORD.fullmatch, words)) or name.startswith("-") or not relative:
        raise ValueError(
            f"{app!r} is no application; give a kind ({', '.join(_KINDS)}), a name, a folder of the repository, and "
            "flags, in words that need no quotes: go-app billing ./billing --port 9000"
        )
    own = [] if any(flag.partition("=")[0] == "--repository" for flag in flags) else [f"--repository . --path {path}"]
    return " ".join([*words[:3], *own, *flags])
