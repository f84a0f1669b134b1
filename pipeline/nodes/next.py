"""Next.js applications: built once, with the native packages of each platform."""

import dataclasses
import json
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes import probes
from pipeline.nodes.recipe import Built, Order, listing

_MANIFESTS: Final = [
    "**/package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ".npmrc",
    "patches/**",
]
_NEVER: Final = ["**/node_modules", "**/.next", "**/coverage", "**/*.tsbuildinfo", "**/.env*.local"]

# Tests are no input of the build: a change in one must not build anything.
_NOT_BUILT: Final = ["**/*.test.*", "**/*.spec.*", "**/__tests__"]

KEYS: Final = "next-keys"
"""The secret that the keys of draft mode and server actions are derived from."""

_SOURCES: Final = ["*.js", "*.jsx", "*.mjs", "*.ts", "*.tsx", "*.mts"]
_KEYS_USED: Final = r"""\bdraftMode\b|\bsetPreviewData\b|\bsetDraftMode\b|^\s*["']use server["']"""

_ENTRYPOINT: Final = ["/nodejs/bin/node", "/app/server.js"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Next:
    """How a Next.js application is installed and built.

    `unlocked` installs without a lock file. `registry` replaces npm's. `environment` is there at build time, and so are
    the values of the stamp under the names in `version_variable` and `revision_variable` ("" leaves one out).
    """

    unlocked: bool = False
    install_arguments: list[str] = dataclasses.field(default_factory=list)
    registry: str = ""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    version_variable: str = ""
    revision_variable: str = ""
    pnpm: bool = False

    async def build(self, order: Order) -> Built:
        """The site, the same for all, and under it the modules of each platform.

        Raises:
            ValueError: no package.json; no lock file and none was waived; another manager's lock file.
        """
        source = order.source.filter(exclude=_NEVER)
        notes = self._lock_notes(await source.entries())
        guarded = bool(await source.search(_KEYS_USED, globs=_SOURCES, files_only=True, limit=1))
        fixed = not guarded or KEYS in order.secrets
        if not fixed:
            notes.append(f"draft mode or server actions, and no secret {KEYS}: every build makes other keys")
        built = self.compile(order, fixed=fixed)
        site = dag.directory().with_directory("app", built.directory("/out/site"))
        containers = []
        for target in order.targets:
            modules = dag.directory().with_directory("app", built.directory(f"/out/modules/{target.node_cpu}"))
            containers.append(order.assemble(target, [modules, site], _ENTRYPOINT))
        return Built(own_layers=2, containers=containers, notes=notes)

    def compile(self, order: Order, *, fixed: bool) -> dagger.Container:
        """Dependencies, then sources, then the build; what ships lies under /out."""
        cpus = [target.node_cpu for target in order.targets]
        plan = {"manager": self._manager(), "cpus": cpus, "keys": f"/run/secrets/{KEYS}", "fixed": fixed}
        out = self.dependencies(order).with_directory("/app", order.source.filter(exclude=[*_NEVER, *_NOT_BUILT]))
        values = {self.version_variable: order.stamp.version, self.revision_variable: order.stamp.revision}
        for name, value in sorted((self.environment | values).items()):
            if name:
                out = out.with_env_variable(name, value)
        return probes.mount(out, "next.mjs").with_exec(["node", f"{probes.PATH}/next.mjs", json.dumps(plan)])

    def dependencies(self, order: Order) -> dagger.Container:
        """All dependencies, those for development too, as the lock file says."""
        out = (
            dag.container()
            .from_(order.tools.node)
            .with_mounted_cache("/root/.npm", dag.cache_volume("pipeline-npm"))
            .with_env_variable("CI", "1")
            .with_env_variable("NEXT_TELEMETRY_DISABLED", "1")
            # Node.js reads its own list of certificates and fails silently behind a proxy that the system trusts.
            .with_env_variable("NODE_OPTIONS", "--use-system-ca")
            .with_workdir("/app")
        )
        if self.registry:
            out = out.with_env_variable("NPM_CONFIG_REGISTRY", self.registry)
        out = order.with_secrets(out, {"npmrc": "/root/.npmrc"})
        verb = ["install"] if self.unlocked else ["install", "--frozen-lockfile"] if self.pnpm else ["ci"]
        manifests = order.source.filter(include=_MANIFESTS, exclude=_NEVER)
        return out.with_directory("/app", manifests).with_exec([*self._manager(), *verb, *self.install_arguments])

    def _lock_notes(self, entries: list[str]) -> list[str]:
        if "package.json" not in entries:
            raise ValueError(
                f"no package.json in the source folder, which holds {listing(entries)}; pass the right one"
            )
        if "pnpm-lock.yaml" in entries and not self.pnpm:
            raise ValueError("the lock file is pnpm's; say --pnpm")
        wanted = ["pnpm-lock.yaml"] if self.pnpm else ["package-lock.json", "npm-shrinkwrap.json"]
        if any(name in entries for name in wanted):
            return []
        if self.unlocked:
            return ["no lock file: two builds may install different versions"]
        raise ValueError(
            f"no {wanted[0]} in the source folder, so two builds may install different versions; "
            "commit one, or say --unlocked"
        )

    def _manager(self) -> list[str]:
        return ["npx", "--yes", "pnpm@10"] if self.pnpm else ["npm"]
