"""App: a source tree and how it becomes an image."""

import dataclasses
import posixpath
from collections.abc import Sequence
from typing import Annotated, Self

import dagger
from dagger import Doc

from pipeline.nodes import done, inputs, quality
from pipeline.nodes.archives import Compression
from pipeline.nodes.arguments import Platforms
from pipeline.nodes.database import Loaded
from pipeline.nodes.dockerfile import Dockerfile
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.go import Go
from pipeline.nodes.image import Image
from pipeline.nodes.kind import Kind
from pipeline.nodes.next import Next
from pipeline.nodes.packager import Packager
from pipeline.nodes.parts import part
from pipeline.nodes.recipe import Order, Recipe, resolve, tracked
from pipeline.nodes.scan import Means, Scan, Threshold
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import About, Rules, Run, Toolbox, checked, pairs
from pipeline.nodes.stamping import STRAYS, stamps
from pipeline.nodes.typed import field, function, object_type
from pipeline.policy.gates import Budget
from pipeline.policy.images import Facts
from pipeline.policy.platforms import Target, targets
from pipeline.policy.references import Reference
from pipeline.policy.versions import Stamp


@object_type
class App:
    """An application: its source, how it becomes an image, and what the image may weigh."""

    # What the engine made has to be a field whose type it knows: what lies in others is gone after the session.

    name: Annotated[str, Doc("Name in tables, errors and image titles")] = field()
    source: Annotated[dagger.Directory, Doc("The source tree that is built")] = field()
    path: Annotated[str, Doc("Where the source lies in its repository; its last commit stamps the image")] = field()
    about: About
    run: Run
    base: str
    tools: Toolbox
    scanner: Annotated[Scanner, Doc("Trivy and its database")] = field()
    repository: Annotated[dagger.GitRepository | None, Doc("The repository of the source")] = field(default=None)
    files: Annotated[dagger.Directory | None, Doc("Files for run time, in /app")] = field(default=None)
    # Where the files lie in the repository; "" where nobody said it, so that git cannot speak for them.
    files_path: str = ""
    secrets: Annotated[list[dagger.Secret], Doc("Secrets of the build, in the order of `secret_names`")] = field(
        default=list
    )
    secret_names: list[str] = dataclasses.field(default_factory=list)
    services: Annotated[list[dagger.Service], Doc("Services of the tests, in the order of `service_names`")] = field(
        default=list
    )
    service_names: list[str] = dataclasses.field(default_factory=list)
    test_environment: dict[str, str] = dataclasses.field(default_factory=dict)
    # What of the folder in the repository is no source: whoever builds another commit leaves it out as well.
    ignored: list[str] = dataclasses.field(default_factory=list)
    # What alone of the folder is the source, where it shares a folder with others; none: all of it.
    only: list[str] = dataclasses.field(default_factory=list)
    health_command: list[str] = dataclasses.field(default_factory=list)
    # The version that it is released as, whatever tags say; and the tag that is published, which counts first on HEAD.
    release: str = ""
    tag: str = ""
    compression: str = Compression.GZIP.value
    budget: Budget = dataclasses.field(default_factory=Budget)
    rules: Rules = dataclasses.field(default_factory=Rules)
    # One of the kinds is set. They stand side by side, since a union would lose its type on the way through the engine.
    go: Go | None = None
    next: Next | None = None
    dockerfile: Dockerfile | None = None
    kind: Kind | None = None
    packager: Annotated[Packager | None, Doc("Object of the module that knows its kind")] = field(default=None)
    seeds: Annotated[list[dagger.Directory], Doc("What its cache volumes begin with, in the order of `seed_names`")] = (
        field(default=list)
    )
    seed_names: list[str] = dataclasses.field(default_factory=list)

    @function
    def with_budget(
        self,
        total: Annotated[int | None, Doc("Most that the image may hold unpacked, in MB (10^6 bytes)")] = None,
        added: Annotated[int | None, Doc("Most that the application may add to its base unpacked, in MB")] = None,
    ) -> Self:
        """Fail `build` when the image weighs more; the error names the largest layer. What is not given stays."""
        with stage(self.name, "budget"):
            known = (self.budget.total, self.budget.added)
            budget = Budget(*(old if new is None else new for old, new in zip(known, (total, added), strict=True)))
            return dataclasses.replace(self, budget=budget)

    @function
    def with_compression(
        self,
        layers: Annotated[Compression, Doc("How the layers of the image are compressed")],
    ) -> Self:
        """Compress layers with zstd: smaller, and unpacked faster; old clients do not read it."""
        return dataclasses.replace(self, compression=layers.value)

    @function
    def with_secret(
        self,
        name: Annotated[
            str, Doc("File under /run/secrets; npmrc and netrc lie where npm and git look, next-keys is for Next.js")
        ],
        value: Annotated[dagger.Secret, Doc("The secret: env://NAME, file://PATH, cmd://..., or a vault's address")],
    ) -> Self:
        """Mount a secret while the source is built; no layer and no history holds it."""
        with stage(self.name, "secrets"):
            checked(name, "the secret's name")
        names, secrets = [*self.secret_names, name], [*self.secrets, value]
        return dataclasses.replace(self, secret_names=names, secrets=secrets)

    @function
    def with_labels(
        self,
        url: Annotated[str | None, Doc("Where people find the source: org.opencontainers.image.source")] = None,
        licenses: Annotated[str | None, Doc("SPDX expression: org.opencontainers.image.licenses")] = None,
        description: Annotated[str | None, Doc("A sentence: org.opencontainers.image.description")] = None,
    ) -> Self:
        """Say in the image's labels what version, revision and time do not; what is not given stays."""
        given = {"url": url, "licenses": licenses, "description": description}
        changed = {name: text for name, text in given.items() if text is not None}
        return dataclasses.replace(self, about=dataclasses.replace(self.about, **changed))

    @function
    def with_test_service(
        self,
        name: Annotated[str, Doc("Host name under which the tests find it")],
        service: Annotated[dagger.Service, Doc("The service, such as a database")],
        env: Annotated[list[str] | None, Doc("NAME=value for the tests, such as DB_HOST=db")] = None,
    ) -> Self:
        """Start a service while the tests run."""
        with stage(self.name, "test services"):
            return dataclasses.replace(
                self,
                service_names=[*self.service_names, checked(name, "the service's name")],
                services=[*self.services, service],
                test_environment=self.test_environment | pairs(env or [], "the test variable"),
            )

    @function
    def with_gate(
        self,
        severity: Annotated[Threshold, Doc("Fail on findings of this severity and above")] = Threshold.HIGH,
        licenses: Annotated[
            Threshold, Doc("Fail on licences of this severity and above; Trivy rates GPL and LGPL HIGH")
        ] = Threshold.CRITICAL,
        ignore_unfixed: Annotated[bool, Doc("Let vulnerabilities pass that no version fixes")] = True,
        allow_ended: Annotated[bool, Doc("Let a base pass whose distribution is no longer supported")] = False,
    ) -> Self:
        """Decide which findings of a scan fail. Secrets, and files that no image should hold, always do."""
        rules = Rules(
            severity=severity.value, licenses=licenses.value, ignore_unfixed=ignore_unfixed, allow_ended=allow_ended
        )
        return dataclasses.replace(self, rules=rules)

    @function
    async def lint(self) -> str:
        """Format, vet and lint the source with what it is configured for; what it lacks is "none"."""
        return done.text(await quality.lint(self.name, self.recipe, self.sources))

    @function
    async def test(self) -> str:
        """Run the tests of the source, with the services that they need."""
        return done.text(await quality.test(self.name, self.recipe, self.sources))

    @function(cache="never")
    async def scan(self) -> Scan:
        """Scan the source tree: lock files for vulnerabilities, secrets, licences, misconfiguration."""
        loaded = await self.scanner.load(self.name)
        return self.scanned(loaded)

    @function
    async def version(self) -> str:
        """The version that an image built now is stamped with."""
        return (await self.stamp()).version

    @function
    async def build(self, platform: Platforms = None) -> Image:
        """Describe the image, one variant a platform. Compiling starts when the image is asked for something."""
        image = await self.image(await self.stamp(), platform or [])
        with stage(self.name, "images"):
            # The engine resolves image names when it first names the result: here it can still be said whose they are.
            for variant in image.variants:
                await variant.id()
        return image

    def at(self, revision: str, base: str) -> Self:
        """The application as a commit of its repository has it, files for run time too, on a base.

        Raises:
            ValueError: it has no repository, or files that come from elsewhere.
        """
        if not self.repository:
            raise ValueError("it has no repository that could hold another commit; give it one with --repository")
        if self.strays:
            raise ValueError(STRAYS)
        tree = self.repository.commit(revision).tree()
        source, files = [tree if path == "." else tree.directory(path) for path in (self.path, self.files_path or ".")]
        source = part(source, self.only, self.ignored)
        return dataclasses.replace(self, source=source, files=files if self.files else None, base=base or self.base)

    @property
    def paths(self) -> list[str]:
        """Where in its repository lies what goes in."""
        source = [posixpath.normpath(f"{self.path}/{one}") for one in self.only or ["."]]
        return [*source, *([self.files_path] if self.files and self.files_path else [])]

    @property
    def strays(self) -> bool:
        """Whether something goes in that no commit of its repository is known to hold."""
        return bool(self.repository and self.files and not self.files_path)

    @property
    def recipe(self) -> Recipe:
        """The kind of this application."""
        found = self.go or self.next or self.dockerfile or self.kind
        if not found:
            raise ValueError(
                "an application is Go, Next.js, a Dockerfile or a packager's, and this one is none of them"
            )
        return found

    def scanned(self, loaded: Loaded) -> Scan:
        """The scan of the source tree with a database that is at hand."""
        licenses = quality.licenses(self.recipe, self.sources)
        means = Means(scanner=self.scanner, loaded=loaded, node=self.tools.node, subject=self.name)
        return means.source(self.name, self.source, licenses, self.rules)

    @property
    def sources(self) -> Order:
        """What lint and tests work on: sources, secrets and services; neither platforms nor a stamp change them."""
        services = dict(zip(self.service_names, self.services, strict=True))
        order = self._order(Stamp(), [], Reference(""))
        return dataclasses.replace(order, services=services, test_environment=self.test_environment)

    async def stamp(self) -> Stamp:
        """Version, revision and time of an image that is built now.

        Raises:
            Failed: the repository gives no version.
        """
        (found,) = await stamps([self])
        if isinstance(found, Failed):
            raise found
        return found

    async def image(self, at: Stamp, platforms: Sequence[str]) -> Image:
        """The image with a stamp that is known already."""
        with stage(self.name, "platforms"):
            wanted = targets(list(platforms))
        with stage(self.name, "base image"):
            reference = await resolve(self.base, wanted)
        with stage(self.name, "sources"):
            order = self._order(at, wanted, reference)
            built = await self.recipe.build(order)
        return Image(
            app=self.name,
            version=at.version,
            platforms=[dagger.Platform(target.platform) for target in wanted],
            variants=built.containers,
            own_layers=built.own_layers,
            base=reference.name,
            facts=order.facts,
            inputs=inputs.inputs(self, at, wanted, reference),
            contents=inputs.contents(self, built),
            compression=self.compression,
            run=self.run,
            tools=self.tools,
            budget=self.budget,
            scanner=self.scanner,
            source=self.source,
            rules=self.rules,
            notes=[*built.notes, *([STRAYS] if self.strays else [])],
        )

    def _order(self, at: Stamp, wanted: list[Target], base: Reference) -> Order:
        return Order(
            source=self.source,
            targets=wanted,
            stamp=at,
            base_reference=base,
            facts=Facts(
                app=self.name,
                title=self.about.title,
                description=self.about.description,
                url=self.about.url,
                licenses=self.about.licenses,
                stamp=at,
                base_name=base.name,
                base_digest=base.digest,
            ),
            run=self.run,
            health_command=self.health_command,
            tools=self.tools,
            secrets=dict(zip(self.secret_names, self.secrets, strict=True)),
            files=tracked(self.files) if self.files else None,
            packager=self.packager,
            seeds=dict(zip(self.seed_names, self.seeds, strict=True)),
        )
