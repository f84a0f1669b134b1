"""Build, smoke-test and run container images of Go and Next.js applications, and of any Dockerfile.

Verbs (build, smoke) act on a list of applications: `api` and `frontend`, unless with-app says otherwise.
Nouns (api, frontend, go-app, next-app, dockerfile-app) are for chaining: `dagger call api build size`.
"""

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Self

import dagger
from dagger import Doc, dag

from pipeline import pins
from pipeline.nodes import neuronip, reports, sdk, stack, typed, verbs
from pipeline.nodes.app import App
from pipeline.nodes.arguments import Against, Platforms
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.nouns import Nouns
from pipeline.nodes.registries import Registries
from pipeline.nodes.release_verbs import ReleaseVerbs
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import Toolbox, pairs
from pipeline.nodes.typed import field, function, object_type
from pipeline.nodes.workflow_verbs import WorkflowVerbs
from pipeline.policy.destinations import place

sdk.spare()


@object_type
class Pipeline(Nouns, WorkflowVerbs, ReleaseVerbs):
    """From an application's source to images that can be trusted."""

    api_source: neuronip.ApiSource = field()
    frontend_source: neuronip.FrontendSource = field()
    repository: neuronip.Repository = field()
    go_image: Annotated[str, Doc("Image with Go and git")] = pins.GO
    node_image: Annotated[str, Doc("Image with Node.js and npm; runs the module's probes too")] = pins.NODE
    static_image: Annotated[str, Doc("Base of static binaries")] = pins.STATIC
    libc_image: Annotated[str, Doc("Base of binaries that use cgo")] = pins.LIBC
    nodejs_image: Annotated[str, Doc("Base of Next.js applications")] = pins.NODEJS
    postgres_image: Annotated[str, Doc("PostgreSQL of the stack")] = pins.POSTGRES
    registry_image: Annotated[str, Doc("Registry to publish to where no other is given")] = pins.REGISTRY
    trivy_image: Annotated[str, Doc("Scanner")] = pins.TRIVY
    python_image: Annotated[str, Doc("Image with Python, for the stand-in of rehearsals")] = pins.PYTHON
    trivy_db: Annotated[
        str, Doc('Vulnerability database, as a reference in a registry; "" is the public one and its mirrors')
    ] = ""
    trivy_db_file: Annotated[dagger.File | None, Doc("Vulnerability database, as a file: db.tar.gz")] = field(
        default=None
    )
    trivy_db_max_age: Annotated[int, Doc("Days that the vulnerability database may be old")] = 3
    registry: Annotated[
        dagger.Service | None,
        Doc("A registry of the caller's machine, for references under localhost: tcp://HOST:PORT"),
    ] = field(default=None)
    caches: Annotated[
        str, Doc("Repository that keep-caches wrote to: cache volumes begin with it, but never to publish or release")
    ] = ""
    published: Annotated[
        str,
        Doc("What publish --to was given, as ghcr.io/acme: checks pull from there what did not change"),
    ] = ""
    auth: Annotated[Registries | None, Doc("Users that with-registry-auth added")] = field(default=None, init=False)
    apps: Annotated[list[App], Doc("Applications that with-app added")] = field(default=list, init=False)
    own: bool = dataclasses.field(default=True, init=False)

    @function
    def api(self) -> App:
        """The NeuronIP API."""
        return neuronip.api(self.api_source, self.repository, self.tools, self.scanner(), self.postgres_image)

    @function
    def frontend(self) -> App:
        """The NeuronIP web front end."""
        return neuronip.frontend(self.frontend_source, self.repository, self.tools, self.scanner())

    @function
    def with_app(self, app: Annotated[App, Doc("An application, as go-app and the like make it")]) -> Self:
        """Put an application under every verb, beside those that are there."""
        if app.name in {member.name for member in self.members}:
            raise Failed(f"there is an application {app.name} already; give this one another name, or take them away")
        return self._with(apps=[*self.apps, app])

    @function
    def without_apps(self) -> Self:
        """Take all applications away, to put others in."""
        return self._with(apps=[], own=False)

    @function
    def with_registry_auth(
        self,
        address: Annotated[str, Doc("The registry, such as ghcr.io or docker.io")],
        username: Annotated[str, Doc("The user")],
        secret: Annotated[dagger.Secret, Doc("Password or token, such as env://TOKEN")],
    ) -> Self:
        """Ask a registry as a user: to publish, to compare with what is published, for the vulnerability database.

        Before the applications that need it: each takes what is known when it is made.
        """
        with stage("pipeline", "registry"):
            return self._with(auth=self.registries.with_auth(address, username, secret))

    @function
    @typed.check
    async def build(
        self,
        platform: Platforms = None,
    ) -> str:
        """Build every application for every platform, side by side, and print what came out."""
        rows = await self.staged(["build"], platforms=platform or []).run(self.members)
        return verbs.finish("build", rows, verbs.image_table(rows))

    @function
    @typed.check
    async def smoke(self) -> str:
        """Run every image on this machine's platform: read-only, not as root, healthy, stopping when asked."""
        rows = await self.staged(["smoke"], platforms=[await dag.default_platform()]).run(self.members)
        return verbs.finish("smoke", rows, verbs.stage_table(rows))

    @function
    @typed.check
    async def lint(self) -> str:
        """Format, vet and lint every application, with what its source is configured for."""
        rows = await self.staged(["lint"]).run(self.members)
        return verbs.finish("lint", rows, verbs.stage_table(rows))

    @function
    @typed.check
    async def test(self) -> str:
        """Run the tests of every application, those of the API against a PostgreSQL."""
        rows = await self.staged(["test"]).run(self.members)
        return verbs.finish("test", rows, verbs.stage_table(rows))

    @function(cache="never")
    @typed.check
    async def scan(self, against: Against = None) -> str:
        """Scan sources and images of every application, and print what was found; bad and new findings fail."""
        plan = self.staged(["scan"], against)
        rows = await plan.run(self.members)
        return verbs.finish("scan", rows, verbs.stage_table(rows), verbs.used(plan) + verbs.findings(rows))

    @function(cache="never")
    async def check(self, against: Against = None) -> str:
        """All that a pull request has to pass: lint, test, build, smoke, scan; one table."""
        plan = self.staged(verbs.STAGES, against)
        rows = await plan.run(self.members)
        return verbs.finish("check", rows, verbs.stage_table(rows), verbs.used(plan))

    @function(cache="never")
    async def reports(self, against: Against = None) -> dagger.Directory:
        """Run `check` and write down what came out, failures too: index.html, summary.md, JUnit, SARIF, SBOMs."""
        return await reports.reports(self.members, self.staged(verbs.STAGES, against))

    @function
    @typed.up
    async def serve_api(self) -> dagger.Service:
        """The API with a PostgreSQL of its own, on port 8082: one half of `dagger up`."""
        image = await self.api().build([await dag.default_platform()])
        return stack.api(await image.container(), stack.database(self.postgres_image))

    @function
    @typed.up
    async def serve_frontend(self) -> dagger.Service:
        """The front end on port 3000, wired to serve-api: the other half of `dagger up`."""
        image = await self.frontend().build([await dag.default_platform()])
        return stack.frontend(await image.container(), await self.serve_api())

    @function
    def scanner(self) -> Scanner:
        """Trivy and the vulnerability database that it reads: `scanner database` says which one."""
        return Scanner(
            image=self.trivy_image,
            reference=self.trivy_db,
            max_age=self.trivy_db_max_age,
            file=self.trivy_db_file,
            registries=self.registries,
        )

    @property
    def registries(self) -> Registries:
        """Who asks registries, and where the one of the caller's machine is."""
        return dataclasses.replace(self.auth or Registries(), service=self.registry)

    @property
    def tools(self) -> Toolbox:
        """The images that the stages run in."""
        return Toolbox(
            go=self.go_image,
            node=self.node_image,
            static=self.static_image,
            libc=self.libc_image,
            nodejs=self.nodejs_image,
        )

    @property
    def members(self) -> list[App]:
        """The applications that the verbs act on."""
        return [*([self.api(), self.frontend()] if self.own else []), *self.apps]

    def staged(
        self, stages: Sequence[str], against: list[str] | None = None, platforms: Sequence[dagger.Platform] = ()
    ) -> verbs.Plan:
        """Which stages are run on the applications, and what their images are compared with."""
        with stage("pipeline", "compare"):
            compared = pairs(against or [], "the image to compare with")
        with stage("pipeline", "published"):
            published = place(self.published) if self.published else ""
        loader = verbs.Loader(self.scanner())
        return verbs.Plan(
            stages=stages,
            database=loader,
            platforms=platforms,
            against=compared,
            caches=self.caches,
            published=published,
        )

    def _with(self, **changes: object) -> Self:
        changed = dataclasses.replace(self)
        kept = {name: getattr(self, name) for name in ("apps", "own", "auth")}
        for name, value in (kept | changes).items():
            setattr(changed, name, value)
        return changed
