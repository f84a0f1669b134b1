"""A kind of application: a folder of pages, and a small server in front of them.

It knows nothing of the pipeline. Having `package` is what makes it a kind.
"""

from importlib.resources import files
from typing import Annotated

import dagger
from dagger import Doc, dag, function, object_type


@object_type
class Pages:
    """Pages, served by Node.js."""

    @function
    def package(
        self,
        source: Annotated[dagger.Directory, Doc("The pages")],
        platform: Annotated[str, Doc("The platform; pages are the same for all")],
        version: Annotated[str, Doc("The version that the pages show")],
    ) -> dagger.Directory:
        """The pages with their version, and the server."""
        _ = platform
        server = files(__package__).joinpath("server.mjs").read_text("utf-8")
        script = 'find . -name "*.html" -exec sed -i "s/{{version}}/$VERSION/g" {} +'
        pages = (
            dag.container()
            .from_("node:24-trixie-slim")
            .with_directory("/pages", source)
            .with_workdir("/pages")
            .with_env_variable("VERSION", version)
            .with_exec(["sh", "-c", script])
            .directory("/pages")
        )
        return dag.directory().with_new_file("app/server.mjs", server).with_directory("app/pages", pages)
