"""Verbs of releases: the next version, the changelog, the plan, the release, and its rehearsal."""

import abc
import dataclasses
from urllib.parse import urlsplit

import dagger
from dagger import dag

from pipeline.nodes import arguments as given
from pipeline.nodes import history, rehearse, verbs
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.hub import Hub
from pipeline.nodes.registry_verbs import RegistryVerbs
from pipeline.nodes.release import Release, Wish
from pipeline.nodes.typed import function
from pipeline.policy.plan import BRANCHES
from pipeline.policy.sites import Site
from pipeline.policy.versions import release_of
from pipeline.report.plan import plan_text


class ReleaseVerbs(RegistryVerbs, abc.ABC):
    """What the pipeline does with versions; it is a class of its own to keep files short."""

    repository: dagger.GitRepository
    go_image: str
    python_image: str
    postgres_image: str

    @function(cache="never")
    async def next_version(
        self,
        bump: history.Bumped = history.Bump.COMMITS,
        identifier: history.Identifier = "rc",
        path: history.Paths = None,
    ) -> str:
        """The version that comes next, by the tags and the commits since the last one."""
        return await history.next_version(self.repository, self.go_image, history.asked(bump, "", identifier, path))

    @function(cache="never")
    async def changelog(
        self,
        version: history.Version = "",
        bump: history.Bumped = history.Bump.COMMITS,
        identifier: history.Identifier = "rc",
        path: history.Paths = None,
        url: history.Url = "",
    ) -> dagger.Changeset:
        """What a version changes in CHANGELOG.md: from its commits, and what people wrote under Unreleased."""
        wish = history.asked(bump, version, identifier, path)
        return await history.changelog(self.repository, self.go_image, wish, url)

    @function(cache="never")
    async def notes(
        self,
        version: history.Version = "",
        bump: history.Bumped = history.Bump.COMMITS,
        identifier: history.Identifier = "rc",
        path: history.Paths = None,
        url: history.Url = "",
    ) -> dagger.File:
        """What the changelog says of a version, or is going to say, as a file."""
        wish = history.asked(bump, version, identifier, path)
        found, text = await history.notes_of(self.repository, self.go_image, wish, url)
        name = f"notes-{found}.md"
        return dag.directory().with_new_file(name, text).file(name)

    @function(cache="never")
    async def plan(
        self,
        version: given.Released,
        to: given.To = None,
        github_repository: given.GitHubRepository = "",
        github_token: given.GitHubToken = None,
        github_api: given.GitHubApi = "",
        github: given.GitHubService = None,
        branch: given.Branches = None,
        with_v: given.WithV = True,
        force: given.Force = False,
        as_json: given.AsJson = False,
    ) -> str:
        """What a release of a version will do, step by step, by what git, registries and GitHub have already."""
        hub = self._hub(github_repository, github_token, github_api, github)
        wish = Wish(version=version, to=to or [], branches=branch or BRANCHES, with_v=with_v, force=force)
        found = await (await self._release(wish, hub)).look()
        unseen = "" if github_token else "\nnote: without a token nobody sees drafts; give one with --github-token\n"
        return found.json if as_json else plan_text(found) + unseen

    @function(cache="never")
    async def release(
        self,
        version: given.Released,
        to: given.To = None,
        github_repository: given.GitHubRepository = "",
        github_token: given.GitHubToken = None,
        github_api: given.GitHubApi = "",
        github: given.GitHubService = None,
        plan: given.PlanFile = None,
        status: given.Status = False,
        branch: given.Branches = None,
        with_v: given.WithV = True,
        force: given.Force = False,
        holder: given.Holder = "a release",
        attested: given.Attested = False,
        as_json: given.AsReleased = False,
    ) -> str:
        """Release a version that is tagged: images, binaries, notes and checksums, verified; run again, it goes on."""
        hub = self._hub(github_repository, github_token, github_api, github)
        text = await plan.contents() if plan else ""
        wish = Wish(version=version, to=to or [], plan=text, branches=branch or BRANCHES, with_v=with_v, force=force)
        wish = dataclasses.replace(wish, holder=holder, attested=attested)
        found = await self._release(wish, hub)
        if status:
            return (await found.look()).json if as_json else await found.status()
        return await (found.json() if as_json else found.run())

    @function(cache="never")
    async def rehearse(self, version: given.Released, github_repository: given.GitHubRepository = "") -> str:
        """The whole release of a version, with a registry and a GitHub of this call: nothing outside is touched."""
        text, _ = await self._rehearsed(version, github_repository)
        return text

    @function(cache="never")
    async def rehearsal(
        self, version: given.Released, github_repository: given.GitHubRepository = ""
    ) -> dagger.Service:
        """Rehearse a release and serve its page and its images: `rehearsal --version v1.2.3 up`."""
        _, service = await self._rehearsed(version, github_repository)
        return service

    async def _rehearsed(self, version: str, github_repository: str) -> tuple[str, dagger.Service]:
        # Where to is decided when its registry runs.
        release = await self._release(Wish(version=version, to=["localhost"]), self._hub(github_repository))
        images = rehearse.Images(python=self.python_image, registry=self.registry_image)
        return await rehearse.rehearse(release, images)

    def _hub(
        self,
        repository: str,
        token: dagger.Secret | None = None,
        api: str = "",
        service: dagger.Service | None = None,
    ) -> Hub:
        """Where releases are made: by default where the first application says that its source is."""
        known = next((app.about.url for app in self.members if app.about.url), "")
        host, _, path = Site.of(known).url.partition("://")[2].partition("/")
        name = repository or (path if host == (urlsplit(api).netloc or "github.com") else "")
        if not name:
            said = f"the source is at {known}, and not there" if known else "no application says where its source is"
            raise Failed(f"release: {said}; give --github-repository owner/name")
        plain = Hub(repository=name, token=token, service=service)
        return dataclasses.replace(plain, api=api) if api else plain

    async def _release(self, wish: Wish, hub: Hub) -> Release:
        with stage("pipeline", "release"):
            _ = release_of(wish.version)
            if not wish.to:
                wish = dataclasses.replace(wish, to=[await self.registries.local()])
            return Release(
                apps=[dataclasses.replace(app, release=wish.version) for app in self.members],
                stages=verbs.to_publish(self.staged(verbs.PUBLISHED)),
                registries=self.registries,
                wish=wish,
                hub=hub,
                repository=self.repository,
                image=self.go_image,
                postgres=self.postgres_image,
            )
