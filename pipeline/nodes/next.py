"""Next.js applications: built once, with the native packages of each platform."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes import probes
from pipeline.nodes.recipe import (
    INSTALLED,
    Built,
    Installed,
    Order,
    Volume,
    listing,
    named,
    with_caches,
    with_environment,
)
from pipeline.nodes.settings import Toolbox
from pipeline.policy.caches import has_credentials
from pipeline.policy.documents import short_digest
from pipeline.policy.keys import canonical

_MANIFESTS: Final = [
    "**/package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ".pnpmfile.cjs",
    ".npmrc",
    "patches/**",
]
_PNPM_LOCK: Final = "pnpm-lock.yaml"
_LOCKS: Final = ["package-lock.json", "npm-shrinkwrap.json", _PNPM_LOCK]
_OTHER: Final = ["yarn.lock", "bun.lock", "bun.lockb"]

_VOLUMES: Final = {"/root/.npm": Volume("pipeline-npm")}

_NPM: Final = ["npm"]
_PNPM: Final = ["npx", "--yes", "pnpm@10.34.8"]

NEVER: Final = ["**/.git", "**/node_modules", "**/.next", "**/coverage", "**/*.tsbuildinfo", "**/.env*.local"]

# Tests are no input of the build: a change in one must not build anything.
_NOT_BUILT: Final = [".trivyignore.yaml", "**/*.test.*", "**/*.spec.*", "**/__tests__"]

KEYS: Final = "next-keys"
"""The secret that the keys of draft mode, server actions and revalidation are derived from."""

HOMES: Final = {"npmrc": "/root/.npmrc"}

_ENTRYPOINT: Final = ["/nodejs/bin/node", "/app/server.js"]


def manager(entries: list[str]) -> list[str]:
    """The command of the package manager that the lock file among the entries of a source folder is of."""
    return _PNPM if _PNPM_LOCK in entries else _NPM


@dataclasses.dataclass(frozen=True, kw_only=True)
class Next:
    """How a Next.js application is installed and built.

    `unlocked` installs without a lock file. `registry` replaces npm's. `environment` is there at build time, and so are
    the values of the stamp under the names in `version_variable` and `revision_variable` ("" leaves one out).
    `public_keys` says that draft mode, server actions and middleware guard nothing, so that their keys may be known.
    """

    unlocked: bool = False
    install_arguments: list[str] = dataclasses.field(default_factory=list)
    registry: str = ""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    version_variable: str = ""
    revision_variable: str = ""
    public_keys: bool = False

    def volumes(self, order: Order) -> Mapping[str, Volume]:
        """What npm downloads, if it has to, and what the compiler keeps, where nothing that it was given is secret."""
        downloads = {} if INSTALLED in order.seeds else _VOLUMES
        return downloads | (self.compiler_cache(order) if self._open(order) else {})

    async def installed(self, order: Order) -> Installed | None:
        """All dependencies, if a lock file names them and nothing secret can have to do with them."""
        if self.unlocked or order.secrets:
            return None
        source = order.source.filter(exclude=NEVER)
        for path in await source.glob("**/.npmrc"):
            if has_credentials(await source.file(path).contents()):
                return None
        chosen = manager(await order.source.entries())
        settings = canonical([chosen, self.install_arguments, self.registry])
        return Installed(self.dependencies(order, chosen), settings)

    @property
    def locks(self) -> list[str]:
        """What decides on the packages: manifests, too."""
        return _MANIFESTS

    def used(self, tools: Toolbox) -> list[str]:
        """The one that builds the site."""
        return [tools.node]

    async def build(self, order: Order) -> Built:
        """The site, the same for all, and under it the modules of each platform.

        Raises:
            ValueError: no package.json; no lock file and none was waived; another manager's lock file.
        """
        entries = await order.source.entries()
        notes = self._lock_notes(entries)
        if KEYS not in order.secrets and not self.public_keys:
            notes.append(f"no secret {KEYS}: Next.js draws keys at random, so every build makes another image")
        built = self.compile(order, manager(entries))
        site = dag.directory().with_directory("app", built.directory("/out/site"))
        containers = []
        for target in order.targets:
            modules = dag.directory().with_directory("app", built.directory(f"/out/modules/{target.node_cpu}"))
            containers.append(order.assemble(target, [modules, site], _ENTRYPOINT))
        return Built(own_layers=2, containers=containers, notes=notes)

    def compile(self, order: Order, manager: list[str]) -> dagger.Container:
        """Dependencies, then sources, then the build; what ships lies under /out."""
        plan = {
            "manager": manager,
            "install": self.install_arguments,
            "cpus": [target.node_cpu for target in order.targets],
            "keys": f"/run/secrets/{KEYS}",
            "public": self.public_keys,
        }
        source = order.source.filter(exclude=[*NEVER, *_NOT_BUILT])
        out = order.with_secrets(self.dependencies(order, manager), HOMES).with_directory("/app", source)
        values = {self.version_variable: order.stamp.version, self.revision_variable: order.stamp.revision}
        named_ones = {name: value for name, value in values.items() if name}
        out = with_environment(out, self.environment | named_ones)
        out = with_caches(out, order.tools.salt, self.compiler_cache(order), order.seeds)
        return probes.run(out, "next.mjs", "compile", json.dumps(plan))

    def dependencies(self, order: Order, manager: list[str]) -> dagger.Container:
        """All dependencies, those for development too, as the lock file says."""
        container = dag.container().from_(order.tools.node)
        if kept := order.seeds.get(INSTALLED):
            container = container.with_rootfs(kept)
        out = (
            with_caches(container, order.tools.salt, _VOLUMES, order.seeds)
            .with_env_variable("CI", "1")
            .with_env_variable("NEXT_TELEMETRY_DISABLED", "1")
            # Node.js reads its own list of certificates and fails silently behind a proxy that the system trusts.
            .with_env_variable("NODE_OPTIONS", "--use-system-ca")
            .with_workdir("/app")
        )
        if self.registry:
            out = out.with_env_variable("NPM_CONFIG_REGISTRY", self.registry)
        if kept:
            return out
        # Install scripts of strangers run here: of the secrets they see the registry's alone.
        out = order.with_secrets(out, HOMES, only={"npmrc"})
        verb = ["ci"] if manager is _NPM else ["install", "--frozen-lockfile"]
        command = [*manager, *(["install"] if self.unlocked else verb), *self.install_arguments]
        manifests = order.source.filter(include=_MANIFESTS, exclude=NEVER)
        return out.with_directory("/app", manifests).with_exec(named("dependencies", command))

    def compiler_cache(self, order: Order) -> dict[str, Volume]:
        """The volume of an application's compiler, where it is mounted: one build at a time, for it holds a database.

        What was compiled with a secret is in another one than what may be kept.
        """
        of = canonical([order.facts.app, order.facts.url, order.tools.node, self._open(order)])
        return {"/app/.next/cache": Volume(f"pipeline-next-{short_digest(of)}", alone=True)}

    def _open(self, order: Order) -> bool:
        """Whether whatever a build is given may be known: the compiler writes variables, keys too, into its cache."""
        return self.public_keys and not order.secrets

    def _lock_notes(self, entries: list[str]) -> list[str]:
        if "package.json" not in entries:
            raise ValueError(
                f"no package.json in the source folder, which holds {listing(entries)}; pass the right one"
            )
        if any(name in entries for name in _LOCKS):
            return []
        if self.unlocked:
            return ["no lock file: two builds may install different versions"]
        other = next(
            (f"{name} is of a package manager that is not supported" for name in _OTHER if name in entries), ""
        )
        raise ValueError(
            f"{other or 'no lock file in the source folder'}, so two builds may install different versions; "
            f"commit {_LOCKS[0]} or {_PNPM_LOCK}, or say --unlocked"
        )
