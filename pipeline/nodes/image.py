"""Image: one root file system per platform, and what can be asked of it."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated

import dagger
from dagger import Doc, dag

from pipeline.nodes import layout, measure, publication, scan, smoke
from pipeline.nodes.archives import archived
from pipeline.nodes.arguments import OnePlatform
from pipeline.nodes.database import Loaded
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.publication import Publication
from pipeline.nodes.scan import Scan
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import Rules, Run, Toolbox, pairs
from pipeline.nodes.together import together
from pipeline.nodes.trees import tree_hash
from pipeline.nodes.typed import field, function, object_type
from pipeline.policy import images
from pipeline.policy.documents import Document
from pipeline.policy.gates import Budget, over_budget
from pipeline.policy.images import Facts
from pipeline.policy.keys import Inputs, content_key, module_digest
from pipeline.policy.platforms import normal
from pipeline.policy.sizes import Measured
from pipeline.policy.tags import Change, Event
from pipeline.report.failures import sentence
from pipeline.report.sizes import layer_table, size_table


@object_type
class Image:
    """An image of an application: a variant a platform, built when something is asked of it."""

    app: Annotated[str, Doc("Name of the application")] = field()
    version: Annotated[str, Doc("The version that it is stamped with")] = field()
    platforms: Annotated[list[dagger.Platform], Doc("The platforms that it is built for")] = field()
    base: Annotated[str, Doc("The image it stands on")] = field()
    notes: Annotated[list[str], Doc("Warnings about the source")] = field()
    variants: Annotated[list[dagger.Container], Doc("One container a platform, in the order of `platforms`")] = field()
    source: Annotated[dagger.Directory, Doc("The source tree that it was built from")] = field()
    scanner: Annotated[Scanner, Doc("Trivy and its database")] = field()
    contents: Annotated[dagger.Directory, Doc("Every file that goes in: the source, and files for run time")] = field()
    compression: str
    own_layers: int
    facts: Facts
    inputs: Inputs
    run: Run
    tools: Toolbox
    budget: Budget
    rules: Rules

    @function
    async def container(self, platform: OnePlatform = None) -> dagger.Container:
        """Build one variant, to go on with as a container of Dagger's own."""
        variant = await self.variant(platform)
        with stage(self.app, "build"):
            return await variant.sync()

    @function
    async def tarball(self) -> dagger.File:
        """An OCI layout of all platforms in one tar archive, with the digest that `digest` says."""
        variants, index = await self.documents()
        with stage(self.app, "tarball"):
            archives = [archived(held, self.compression) for held in self.variants]
            return await layout.archive(archives, variants, index, self.facts.stamp, self.tools.node).sync()

    @function
    async def digest(self) -> str:
        """Digest of the image index that `publish` pushes: the same for the same commit, wherever it is built."""
        _, index = await self.documents()
        return index.digest

    @function
    async def key(self) -> str:
        """The content key, as a tag: the same for the same files, arguments, images, module, engine and stamp.

        "" where the files hold a git repository of their own, of which nothing can be said.
        """
        with stage(self.app, "content key"):
            tree = await tree_hash(self.contents, self.tools.go)
            return content_key(self.inputs, tree, module_digest(), await dag.version()) if tree else ""

    @function
    async def size(self) -> str:
        """A table of sizes by platform: compressed as in the registry, and unpacked."""
        return size_table([await self.measured(str(platform)) for platform in self.platforms])

    @function
    async def layers(self, platform: OnePlatform = None) -> str:
        """A table of the layers of one variant: digest, sizes, largest file, and whether the base brought it."""
        return layer_table(await self.measured(await self._chosen(platform)))

    @function
    async def inspect(self, platform: OnePlatform = None) -> str:
        """User, entry point, ports, environment, labels and health check of one variant, as JSON."""
        found = await self.measured(await self._chosen(platform))
        return json.dumps({"Platform": found.platform, **found.settings}, indent=2, sort_keys=True)

    @function
    async def files(
        self,
        path: Annotated[str, Doc("A folder in the image")] = "/app",
        platform: OnePlatform = None,
    ) -> list[str]:
        """Every file and folder under a path of one variant."""
        variant = await self.variant(platform)
        with stage(self.app, "build"):
            return await variant.directory(path).glob("**")

    @function
    async def smoke(
        self,
        platform: OnePlatform = None,
        arguments: Annotated[list[str] | None, Doc("Run these arguments instead of the server")] = None,
        prints: Annotated[str, Doc("With arguments: what the output must be")] = "",
        expect: Annotated[list[str] | None, Doc("Requests and their expected status, as /path=200")] = None,
        env: Annotated[list[str] | None, Doc("NAME=value for this run; never secrets")] = None,
    ) -> str:
        """Run the image as its user on a read-only root: healthy, answering, stopping on SIGTERM within 5 s.

        An image of another platform than the engine's runs as a service, where the root is not read-only.
        """
        chosen = await self._chosen(platform)
        variant = self._held(chosen)
        with stage(self.app, f"smoke {chosen}"):
            environment = pairs(env or [], "the variable")
            if arguments:
                return await smoke.run(variant, arguments, prints, environment)
            plan = smoke.Plan(run=self.run, requests=smoke.requests(expect or []), environment=environment)
            if chosen != normal(str(await dag.default_platform())):
                return await smoke.emulated(variant, plan)
            return await smoke.supervised(variant, await self.measured(chosen), plan, self.tools.node)

    @function(cache="never")
    async def scan(
        self,
        against: Annotated[
            str, Doc("A published image, such as ghcr.io/acme/shop:latest: only new findings fail")
        ] = "",
    ) -> Scan:
        """Scan every variant for vulnerabilities, secrets, and files that no image should hold, in any layer."""
        return await self.scanned(await self.scanner.load(self.app), against)

    @function(cache="never")
    async def publish(
        self,
        address: Annotated[str, Doc("Repository, such as ghcr.io/acme/shop")],
        tag: Annotated[list[str] | None, Doc("Tags; none: the image is there by its digest alone")] = None,
        force: Annotated[bool, Doc("Move 1.2, 1 and latest although the registry has a newer version")] = False,
    ) -> Publication:
        """Push the image, then its tags. Tags of whole versions never move, others never to an older version."""
        change = Change(event=Event.MANUAL, version=self.version, tags=tag or [], force=force)
        return await publication.publish(self, address, self.scanner.registries, change)

    @function
    async def service(self, platform: OnePlatform = None) -> dagger.Service:
        """The image as a running service: `service up --ports 8080:8080`."""
        return (await self.container(platform)).as_service(use_entrypoint=True)

    async def scanned(self, loaded: Loaded, against: str) -> Scan:
        """The scan with a database that is at hand."""
        with stage(self.app, "compare"):
            before = await self.published(against)
        subject = f"{self.app}:{self.version}"
        by = scan.Means(scanner=self.scanner, loaded=loaded, node=self.tools.node, subject=subject)
        return Scan(
            app=self.app,
            targets=[by.target(str(p), v, self.own_layers) for p, v in zip(self.platforms, self.variants, strict=True)],
            before=[by.target(platform, container, self.own_layers) for platform, container in before.items()],
            against=against,
            scanner=self.scanner,
            database=str(loaded.about),
            source=self.source,
            rules=self.rules,
            notes=self._not_compared(against, before),
        )

    async def published(self, reference: str) -> dict[str, dagger.Container]:
        """The variants of a published image that this one has too, by platform; none where nothing is published.

        Raises:
            dagger.QueryError: the registry did not say so, but failed.
        """
        found = {}
        for platform in self.platforms if reference else []:
            if variant := await self.scanner.pulled(reference, platform):
                found[str(platform)] = variant
        return found

    def _not_compared(self, against: str, before: Mapping[str, object]) -> list[str]:
        if not against or len(before) == len(self.platforms):
            return []
        if not before:
            return [f"nothing is published as {against} yet: every finding counts as new"]
        missing = ", ".join(str(platform) for platform in self.platforms if str(platform) not in before)
        return [f"{against} is not published for {missing}: every finding there counts as new"]

    async def variant(self, platform: dagger.Platform | None) -> dagger.Container:
        """The container of a platform, not yet evaluated."""
        return self._held(await self._chosen(platform))

    async def measured(self, platform: str) -> Measured:
        """Config and sizes of one variant."""
        with stage(self.app, f"measure {platform}"):
            packed = archived(self._held(platform), self.compression)
            return await measure.measure(packed, platform, self.tools.node, self.own_layers)

    async def documents(self) -> tuple[list[images.Variant], Document]:
        """Config and manifest of each variant, in the order of `platforms`, and the index: what a registry gets.

        Nothing in them comes from the engine or from the moment.
        """
        measured = await together([partial(self.measured, str(platform)) for platform in self.platforms])
        with stage(self.app, "image index"):
            variants = [images.variant(found, self.facts) for found in measured]
            return variants, images.index(variants, self.facts)

    def over_budget(self, measured: Measured) -> str:
        """What broke the budget, in a sentence; "" when nothing did."""
        problem = over_budget(measured.layers, self.budget)
        return sentence(self.app, f"budget {measured.platform}", problem) if problem else ""

    def _held(self, platform: str) -> dagger.Container:
        return self.variants[[str(held) for held in self.platforms].index(platform)]

    async def _chosen(self, platform: dagger.Platform | None) -> str:
        held = [str(p) for p in self.platforms]
        wanted = normal(str(platform or await dag.default_platform()))
        if wanted in held:
            return wanted
        if platform is None:
            return held[0]
        raise Failed(sentence(self.app, "platforms", f"{wanted} was not built; the image holds {', '.join(held)}"))
