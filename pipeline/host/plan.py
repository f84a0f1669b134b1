"""Plan: what a release of the checkout would do, said on the host."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import semver

from pipeline.host import credentials, history
from pipeline.host.checkout import Checkout
from pipeline.host.git import CheckoutError
from pipeline.policy import plan as policy
from pipeline.policy.bumps import Asked
from pipeline.policy.destinations import addresses, repository_of
from pipeline.policy.plan import BRANCHES, Hosted, Place, Plan, Wanted
from pipeline.policy.shipment import NEURONIP, names
from pipeline.policy.sites import Site
from pipeline.policy.versions import parse_tag

_GITHUB: Final = "github.com"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """What a caller wants to know: of which version, where images go to, which repository, and what may be asked.

    `api` is where GitHub answers; "" for github.com.
    """

    version: semver.Version | None = None
    to: Sequence[str] = ()
    repository: str = ""
    branches: Sequence[str] = BRANCHES
    with_v: bool = True
    force: bool = False
    offline: bool = False
    api: str = ""


def planned(checkout: Checkout, wish: Wish, environment: Mapping[str, str]) -> Plan:
    """The plan, by what the checkout, registries and GitHub have; offline by the checkout alone.

    Raises:
        ValueError: there is no next version, no such repository, or credentials that cannot be read.
        CheckoutError: nothing says which repository on GitHub it is.
        Unanswered: a registry or GitHub did not say what it has.
    """
    version = wish.version or _version(checkout)
    plain = Wanted(version=str(version), repository=wish.repository or _repository(checkout, wish))
    wanted = dataclasses.replace(
        plain, assets=names(plain.number, NEURONIP), branches=wish.branches, with_v=wish.with_v, force=wish.force
    )
    where = [(one.app, repository_of(at)) for one in NEURONIP for at in addresses(wish.to, one.app)]
    places, hosted = _world(wanted, where, wish, environment)
    return policy.plan(wanted, facts(checkout, wanted.tag), places, hosted)


def facts(checkout: Checkout, tag: str) -> policy.Checkout:
    """What a release has to know of the checkout, as `nodes/git.py` asks for it in an engine."""
    return policy.Checkout(
        commit=checkout.commit(),
        tagged=checkout.tagged(tag),
        branches=checkout.branches(),
        dirty=bool(checkout.changed()),
    )


def remarks(wish: Wish, environment: Mapping[str, str]) -> list[str]:
    """What a plan leaves out, and what would bring it in."""
    found = [] if wish.to else ["images are left out: say where they go to with --to"]
    if not (wish.offline or credentials.token(environment)):
        found.append("drafts are not seen: GITHUB_TOKEN holds no token that may see them")
    return found


def _version(checkout: Checkout) -> semver.Version:
    """That of the tag on HEAD, else the next one."""
    here = [version for tag in checkout.tags_here() if (version := parse_tag(tag))]
    return max(here) if here else history.decided(checkout, Asked())


def _repository(checkout: Checkout, wish: Wish) -> str:
    """What `origin` is on GitHub."""
    url = Site.of(checkout.url_of("origin")).url
    host, _, name = url.partition("://")[2].partition("/")
    # Of another site only the caller can say that it is a GitHub, and where its API answers.
    if name and (host == _GITHUB or wish.api):
        return name
    if wish.offline:
        return ""
    said = f"origin is {url}, which is not on {_GITHUB}" if url else "no remote origin says where it is"
    raise CheckoutError(
        f"nobody knows which repository on GitHub would be released: {said}; "
        "give --repository owner/name (and --api URL for an Enterprise Server), or --offline"
    )


def _world(
    wanted: Wanted, where: Sequence[tuple[str, str]], wish: Wish, environment: Mapping[str, str]
) -> tuple[list[Place], Hosted | None]:
    if wish.offline:
        return [Place(app=app, repository=repository) for app, repository in where], None
    from pipeline.host.world import ask  # noqa: PLC0415 - what speaks HTTP takes as long to import as all else to answer

    return ask(wanted, where, wish.api, environment)
