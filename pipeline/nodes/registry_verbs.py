"""Verbs on published images: publish, promote, verify, prune, and reproduce."""

import abc
import dataclasses
import datetime as dt
from collections.abc import Sequence

import dagger

from pipeline.nodes import arguments as given
from pipeline.nodes import events, keep, promote, prune, publication, publish, reproduce, verbs, verify
from pipeline.nodes.app import App
from pipeline.nodes.errors import stage
from pipeline.nodes.registries import Registries
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.typed import function
from pipeline.policy.retention import Policy
from pipeline.policy.tags import Change


class RegistryVerbs(abc.ABC):
    """What the pipeline does with registries; it is a class of its own to keep files short."""

    registry_image: str
    node_image: str

    @property
    @abc.abstractmethod
    def members(self) -> list[App]:
        """The applications that the verbs act on."""

    @property
    @abc.abstractmethod
    def registries(self) -> Registries:
        """Who asks registries, and where the one of the caller's machine is."""

    @abc.abstractmethod
    def scanner(self) -> Scanner:
        """Trivy."""

    @abc.abstractmethod
    def staged(
        self, stages: Sequence[str], against: list[str] | None = None, platforms: Sequence[dagger.Platform] = ()
    ) -> verbs.Plan:
        """Which stages are run on the applications."""

    @function(cache="never")
    async def publish(
        self,
        to: given.To = None,
        ref: given.Ref = "",
        commit: given.Commit = "",
        pull_request: given.PullRequest = 0,
        default_branch: given.DefaultBranch = "main",
        tag: given.Tags = None,
        with_v: given.WithV = True,
        force: given.Force = False,
        rebuild: given.Rebuild = False,
        event: given.Event = None,
        event_name: given.EventName = "",
        as_json: given.AsList = False,
    ) -> str:
        """Test, build, smoke-test and scan; push what passed, and print every tag with its reason.

        What a registry has of the very same inputs is neither built nor tested again.
        """
        happened = Change(ref=ref, commit=commit, pull_request=pull_request, default_branch=default_branch)
        asked = dataclasses.replace(happened, tags=tag or [], with_v=with_v, force=force)
        asked = await events.asked(asked, event, event_name, outside=bool(to or self.registries.service))
        wish = publish.Wish(to=to or [], change=asked, rebuild=rebuild)
        plan = verbs.to_publish(self.staged(verbs.PUBLISHED))
        done = await publish.publish(self.members, plan, wish, self.registry_image)
        return publication.listed(done.publications) if as_json else done.text

    @function(cache="never")
    async def promote(
        self,
        image: given.Published,
        to: given.Promoted = None,
        ref: given.Ref = "",
        commit: given.Commit = "",
        default_branch: given.DefaultBranch = "main",
        tag: given.Tags = None,
        with_v: given.WithV = True,
        force: given.Force = False,
        as_json: given.AsList = False,
    ) -> str:
        """Give a published image other tags, in its repository or others: the same bytes, and what hangs on it."""
        happened = Change(ref=ref, commit=commit, default_branch=default_branch)
        asked = dataclasses.replace(happened, tags=tag or [], with_v=with_v, force=force)
        text, done = await promote.promote(image, to or [], asked, self.registries)
        return publication.listed(done) if as_json else text

    @function(cache="never")
    async def verify(
        self,
        image: given.Published,
        health_path: given.HealthPath = "",
        total: given.Total = 0,
        rebuild: given.Again = False,
    ) -> str:
        """Look at a published image: platforms, labels, SBOMs, provenance, size; run it; print what was seen."""
        wish = verify.Wish(reference=image, health_path=health_path, total=total, rebuild=rebuild)
        return await verify.verify(wish, self.members, self.scanner(), self.node_image)

    @function(cache="never")
    async def prune(
        self,
        repository: given.Repo,
        keys_days: given.KeysDays = 30,
        pull_requests_days: given.PullRequestsDays = 14,
        commits_days: given.CommitsDays = 90,
        delete: given.Delete = False,
    ) -> str:
        """Say what of a repository nobody needs any longer, and with --delete delete it. Versions are kept."""
        with stage("pipeline", "prune"):
            now = dt.datetime.now(dt.UTC)
            days = {"keys_days": keys_days, "pull_requests_days": pull_requests_days}
            policy = Policy(**days, commits_days=commits_days or None, now=now)
        return await prune.prune(repository, self.registries, policy, dry_run=not delete)

    @function(cache="never")
    async def keep_caches(self, address: given.Caches, most: given.Most = 2000) -> str:
        """Lint, test and build every application, and keep the caches of its tools in a registry, for --caches.

        Of an application whose lock files have caches there already nothing is done.
        """
        return await keep.keep(self.members, verbs.to_publish(self.staged(keep.FILLED)), address, most)

    @function(cache="never")
    async def reproduce(self, platform: given.Platforms = None) -> str:
        """Build every application twice, the second time from no cache, and say whether they are the same bytes."""
        return await reproduce.reproduce(self.members, platform or [])
