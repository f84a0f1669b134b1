"""Release: an idempotent sequence from a version to a published release that was looked at from outside.

Nothing is remembered between runs: what is done already is read from git, registries and GitHub. Whatever stops it,
running it again finishes it.
"""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Final

import dagger

from pipeline.nodes import floats, git, news, publish, verbs
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.history import asked, notes_of
from pipeline.nodes.hub import Hub
from pipeline.nodes.layers import working_folder
from pipeline.nodes.publication import Publication, listed
from pipeline.nodes.registries import Registries
from pipeline.nodes.shipment import Shipment, compiled, files, packed
from pipeline.policy.destinations import addresses, repository_of
from pipeline.policy.plan import BRANCHES, Plan, Wanted, drift, plan, read
from pipeline.policy.releases import Asset
from pipeline.policy.shipment import MOMENTARY, names
from pipeline.remote import releasing, standing, world
from pipeline.remote.asking import PUSH
from pipeline.remote.github import GitHub
from pipeline.remote.releasing import Released
from pipeline.remote.retries import Retries
from pipeline.remote.shipped import Image, shipped
from pipeline.remote.turns import Turn
from pipeline.remote.wanted import Wanted as Whole
from pipeline.report.notes import Notes, notes
from pipeline.report.plan import plan_text
from pipeline.report.released import released_json

_AGAIN: Final = "nothing that is done is done again: put this in order, and run the release again"

_LOOKS: Final = 3
"""Looks at a release before something counts as wrong: an answer may come from a server that lags behind."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """What a caller wants to release, and where to: the version, and addresses of registries.

    `plan` is a plan, as JSON, that is carried out and no other. `holder` is who releases, for people to read.
    `attested` says that a workflow signs what comes of it.
    """

    version: str
    to: Sequence[str]
    plan: str = ""
    branches: Sequence[str] = BRANCHES
    with_v: bool = True
    force: bool = False
    holder: str = "a release"
    attested: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was released: a text for people, and JSON for machines."""

    text: str
    json: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Release:
    """A release of applications, each stamped with its version, from a repository, on a hub; `image` holds git."""

    apps: Sequence[App]
    stages: verbs.Plan
    registries: Registries
    wish: Wish
    hub: Hub
    repository: dagger.GitRepository
    image: str
    postgres: str

    @property
    def wanted(self) -> Wanted:
        """What is released, as plans say it."""
        plain = Wanted(version=self.wish.version, repository=self.hub.repository)
        return dataclasses.replace(
            plain,
            assets=names(plain.number, packed(self.apps)),
            branches=self.wish.branches,
            with_v=self.wish.with_v,
            force=self.wish.force,
        )

    @property
    def where(self) -> list[tuple[str, str]]:
        """Each application with each of its repositories."""
        return [(app.name, repository_of(at)) for app in self.apps for at in addresses(self.wish.to, app.name)]

    async def look(self) -> Plan:
        """Where the release stands, by git, registries and GitHub.

        Raises:
            Failed: one of them did not say.
        """
        with stage(self.wish.version, "plan"):
            wanted = self.wanted
            checkout = await git.facts(self.repository, wanted.tag, self.image)
            places = await world.places(wanted, self.where, self.registries.open)
            async with self.hub.open() as github:
                return plan(wanted, checkout, places, await world.hosted(wanted, github))

    async def status(self) -> str:
        """The same for people, and who is at it."""
        found = plan_text(await self.look())
        with stage(self.wish.version, "status"):
            async with self.hub.open() as github:
                who = (await standing.status(github, self.wanted.tag)).holder
        return found + (f"\nit is being released by {who}\n" if who else "")

    async def run(self) -> str:
        """Carry it out, or what is left of it; gives a table of everything that is there then.

        Raises:
            Failed: a step failed, or is refused; what was done stays, and the next run goes on from there.
        """
        return (await self._receipt()).text

    async def json(self) -> str:
        """The same for machines: what is there then, by digest."""
        return (await self._receipt()).json

    async def _receipt(self) -> Receipt:
        before = await self._preflight()
        with working_folder() as folder, stage(self.wanted.tag, "release"):
            async with self.hub.open() as github:
                made, released, after = await self._released(before, github, Path(folder))
        said = "".join(f"{one.app}: {one.reference()}\n" for one in made.publications)
        same = f"\n{after.version} was released already, and nothing was changed\n"
        changed = before.left or released.changed
        page = released.release.page
        machines = released_json(
            version=after.version,
            commit=after.commit,
            page=page,
            images=json.loads(listed(made.publications)),
            assets=released.assets,
        )
        return Receipt(text=f"{made.text}\n{page}\n{said}\n{plan_text(after)}{'' if changed else same}", json=machines)

    async def _preflight(self) -> Plan:
        """See that nothing stands in the way, before anything takes time."""
        with self._step("preflight"):
            now = await self.look()
            if now.refused:
                raise ValueError(f"it cannot be released as things stand\n\n{plan_text(now)}")
            if self.wish.plan and (changes := drift(read(self.wish.plan), now)):
                raise ValueError(f"the plan is of another world: {'; '.join(changes)}; make a new one and look at it")
            if not now.tagged:
                raise ValueError(
                    f"the tag {now.version} is not in {now.repository} on GitHub, and {now.commit[:12]} is to be "
                    f"released; tag it, and push the tag: git push origin {now.version}"
                )
            await self._writable()
        return now

    async def _writable(self) -> None:
        """See that GitHub and every repository may be written."""
        async with self.hub.open() as github:
            if await github.may_push() is False:
                raise ValueError(
                    f"the token may not write to {self.hub.repository}; give one that may write its contents"
                )
        for _, repository in self.where:
            async with self.registries.open(repository, actions=PUSH) as registry:
                await registry.writable(repository)

    async def _released(self, before: Plan, github: GitHub, folder: Path) -> tuple[publish.Made, Released, Plan]:
        bare = Whole(tag=before.version, commit=before.commit, title=before.version, notes="", files=[])
        bare = dataclasses.replace(bare, holder=self.wish.holder)
        async with AsyncExitStack() as stack:
            with self._step("turn"):
                turn = await stack.enter_async_context(releasing.begin(github, bare))
            # What can fail for good comes before anything has the version's name.
            with self._step("binaries"):
                await compiled(self.apps, await git.checkout(self.repository), folder)
            with self._step("changelog"):
                changes = await self._changes()
            with self._step("images"):
                kept = await standing.kept(github, before.version, before.commit, MOMENTARY)
                await turn.hold()
                made = await self._images(before.commit, kept)
            with self._step("files"):
                ships = await self._shipment(before, made, kept)
                whole = dataclasses.replace(bare, files=await files(ships, folder))
            with self._step("draft"):
                told = await news.told(
                    github=github, registries=self.registries, shipment=ships, changes=changes, folder=folder
                )
                whole = dataclasses.replace(whole, notes=notes(self._signed(told, ships)))
                prepared = await releasing.prepare(github, whole, turn)
            with self._step("publish"):
                released = await releasing.publish(github, whole, turn, prepared)
            return made, released, await self._followed(made, ships, turn)

    async def _followed(self, made: publish.Made, ships: Shipment, turn: Turn) -> Plan:
        """Let what people follow lead to it, then look at all of it; gives the plan of which nothing is left."""
        with self._step("floating tags"):
            indexes = {app: image.index for app, (_, image) in ships.images.items()}
            moved = await floats.move(made.publications, indexes, self.wanted.change, self.registries, hold=turn.hold)
        with self._step("verify"):
            return await self._verified(moved, turn.git.retries)

    async def _verified(self, moved: floats.Moved, retries: Retries) -> Plan:
        """Look at all of it once more; where something is wrong, the floating tags go back to where they were.

        One look that lags behind does not count. Where a look cannot be made, because somebody does not answer, the
        tags stay, and the error says so: each was seen to lead to its image, and an outage makes no release wrong.
        """
        for attempt in range(_LOOKS):
            if attempt:
                await retries.sleep(retries.pause(attempt - 1))
            try:
                after = await self.look()
            except Failed as error:
                said = "this look could not be made, so it has found nothing wrong, and no floating tag goes back"
                raise Failed(f"{error}\n\n{said}") from None
            wrong = [f"{one.step} {one.of}: {one.text}" for one in [*after.refused, *after.left]]
            if not wrong:
                return after
        raise await moved.back(f"it is not finished: {'; '.join(wrong)}")

    async def _images(self, commit: str, kept: Sequence[Asset]) -> publish.Made:
        """Images by the tags that never move; the others follow when everything is there.

        What is found by its content key was tested when it was made, and is what is released. Where the release has no
        report yet, the stages run all the same, for it.
        """
        change = dataclasses.replace(self.wanted.change, commit=commit, floating=False)
        made = await publish.made(self.apps, self.stages, publish.Wish(to=self.wish.to, change=change), self.registries)
        ran = {row.result.app for row in made.rows}
        found = [] if kept else [app for app in self.apps if app.name not in ran]
        return dataclasses.replace(made, rows=[*made.rows, *(await self.stages.run(found) if found else [])])

    async def _shipment(self, before: Plan, made: publish.Made, kept: Sequence[Asset]) -> Shipment:
        first: dict[str, Publication] = {}
        for one in made.publications:
            first.setdefault(one.app, one)
        images: dict[str, tuple[Publication, Image]] = {}
        for app, one in first.items():
            async with self.registries.open(one.repository) as registry:
                images[app] = one, await shipped(registry, one.reference(), one.hung)
        return Shipment(
            version=self.wanted.number,
            revision=before.commit,
            apps=self.apps,
            images=images,
            rows=made.rows,
            plan=self.stages,
            postgres=self.postgres,
            kept=kept,
        )

    def _signed(self, told: Notes, ships: Shipment) -> Notes:
        """Notes that say what a workflow signs: files, what this run built, and what another one has signed before."""
        signed = [app for app, (one, _) in ships.images.items() if one.built or one.signed]
        return dataclasses.replace(told, attested=True, signed=signed) if self.wish.attested else told

    async def _changes(self) -> str:
        """What the changelog says of the version."""
        wish = asked(version=self.wanted.tag)
        _, text = await notes_of(self.repository, self.image, wish, self.hub.page, fixed=True)
        return text

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Name the step in whatever goes wrong inside, and say how to go on."""
        try:
            with stage(self.wanted.tag, name):
                yield
        except Failed as error:
            raise Failed(f"{error}\n\nthe release of {self.wanted.tag} stopped at {name!r}; {_AGAIN}") from None
