"""Three applications of one repository: each is built from what it needs, and from nothing else."""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore, dag, function, object_type

SERVICES = ["orders", "billing"]

# The library, and what Go reads of the workspace whichever of its modules it compiles.
# With the first dependency of others come go.work.sum and a go.sum of each module: they are named here then.
SHARED = ["go.work", "lib", *(f"{service}/go.mod" for service in SERVICES)]


@object_type
class Acme:
    """Two services in Go with a library that they share, and a web site."""

    source: Annotated[
        dagger.Directory,
        DefaultPath("."),
        Ignore(["ci", "dagger.json", "**/node_modules", "**/.next"]),
        Doc("The repository"),
    ]
    repository: Annotated[dagger.GitRepository, DefaultPath("/"), Doc("The same for git: versions, commits")]
    path: Annotated[str, Doc("Where the source lies in the repository")] = "examples/monorepo"

    @function
    async def build(self, platform: Annotated[list[dagger.Platform] | None, Doc("Default: both")] = None) -> str:
        """Build all images, and print what came out."""
        return await self.pipeline().build(platform=platform)

    @function(cache="never")
    async def publish(
        self, to: Annotated[list[str] | None, Doc("Where to, as ghcr.io/acme; none: one for this call alone")] = None
    ) -> str:
        """Publish all images; what did not change since the last time is found there and not built."""
        return await self.pipeline().publish(to=to)

    def pipeline(self) -> dagger.Pipeline:
        """The pipeline with the three applications."""
        found = dag.pipeline().without_apps().with_app(self.web())
        for service in SERVICES:
            found = found.with_app(self.service(service))
        return found

    def service(self, name: str) -> dagger.PipelineApp:
        """A service: `only` is what it is compiled from, and whose last commit is its version."""
        return dag.pipeline().go_app(
            name,
            self.source,
            repository=self.repository,
            path=self.path,
            only=[*SHARED, name],
            package=f"./{name}",
        )

    def web(self) -> dagger.PipelineApp:
        """The web site: a folder that shares nothing."""
        return dag.pipeline().next_app(
            "web",
            self.source.directory("web"),
            repository=self.repository,
            path=f"{self.path}/web",
            revision_variable="REVISION",
            public_keys=True,
        )
