"""What is done with the shop: three functions that hand it to the pipeline."""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, Ignore, dag, function, object_type


@object_type
class Shop:
    """A Go service."""

    source: Annotated[dagger.Directory, DefaultPath("."), Ignore(["ci", "dagger.json"]), Doc("The service")]
    repository: Annotated[dagger.GitRepository, DefaultPath("/"), Doc("Its repository, for version and commit")]

    @function(cache="never")
    async def check(self) -> str:
        """All that a pull request has to pass: lint, test, build, smoke test, scan."""
        return await dag.pipeline().without_apps().with_app(self.shop()).check()

    @function
    def build(self) -> dagger.Container:
        """The image for this machine."""
        return self.shop().build().container()

    @function(cache="never")
    async def publish(
        self, to: Annotated[list[str] | None, Doc("Where to, as ghcr.io/acme; none: one for this call alone")] = None
    ) -> str:
        """Check it, build it for every platform, and push it with the tags of its version."""
        return await dag.pipeline().without_apps().with_app(self.shop()).publish(to=to)

    def shop(self) -> dagger.PipelineApp:
        """The application: what is not said here has a default that works."""
        return dag.pipeline().go_app("shop", self.source, repository=self.repository).with_budget(added=15)
