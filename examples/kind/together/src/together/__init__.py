"""Puts a kind of application that another module knows under the stages of the pipeline."""

from typing import Annotated

import dagger
from dagger import DefaultPath, Doc, dag, function, object_type


@object_type
class Together:
    """The handbook: a site of pages."""

    pages: Annotated[dagger.Directory, DefaultPath("pages"), Doc("The pages")]
    repository: Annotated[dagger.GitRepository, DefaultPath("/"), Doc("Their repository")]
    path: Annotated[str, Doc("Where they lie in it: their last commit is the version")] = "examples/kind/together/pages"

    @function
    async def build(self) -> str:
        """Build and run the image, and say what it weighs."""
        image = self.handbook().build()
        return f"{await image.smoke(expect=['/=200', '/none=404'])}\n{await image.size()}"

    @function(cache="never")
    async def publish(
        self, to: Annotated[list[str] | None, Doc("Where to, as ghcr.io/acme; none: one for this call alone")] = None
    ) -> str:
        """Build, smoke-test, scan and publish it."""
        return await dag.pipeline().without_apps().with_app(self.handbook()).publish(to=to)

    def handbook(self) -> dagger.PipelineApp:
        """The application, made by the pages module."""
        return dag.pipeline().kind_app(
            "handbook",
            self.pages,
            dag.pages(),
            ["/nodejs/bin/node", "/app/server.mjs"],
            repository=self.repository,
            path=self.path,
            health_path="/",
            base="gcr.io/distroless/nodejs24-debian13:nonroot",
        )
