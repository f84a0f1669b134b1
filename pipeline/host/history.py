"""The next version of a checkout, and what its changelog says."""

import datetime as dt
from collections.abc import Sequence

import semver

from pipeline.host.checkout import Checkout
from pipeline.policy import bumps, changelog
from pipeline.policy.bumps import Asked, before, latest, tag_of
from pipeline.policy.changelog import ChangelogError
from pipeline.policy.sites import Site


def decided(checkout: Checkout, asked: Asked, without: str = "") -> semver.Version:
    """The version that is next, as if the tag `without` were not there.

    Raises:
        BumpError: there is none, or not the one that was asked for.
    """
    known = [tag for tag in checkout.tags() if tag != without]
    held = [tag for tag in checkout.tags_within() if tag != without]
    return bumps.decided(asked, known, held, checkout.log(latest(held), asked.paths))


def current(checkout: Checkout) -> str:
    """CHANGELOG.md as it is; "" where there is none.

    Raises:
        ChangelogError: it is no text in UTF-8.
    """
    path = checkout.top.folder / changelog.FILE
    try:
        return path.read_bytes().decode("utf-8") if path.exists() else ""
    except UnicodeDecodeError:
        raise ChangelogError(f"{changelog.FILE} is not written in UTF-8; convert it first") from None


def written(checkout: Checkout, version: semver.Version, date: dt.date, paths: Sequence[str]) -> str:
    """CHANGELOG.md with the section of a version: one that is tagged, or the next one.

    Raises:
        ChangelogError: the version has another section already.
    """
    tag = tag_of(checkout.tags(), version)
    previous = before(checkout.tags_within(tag), version)
    commits = checkout.log(previous, paths, tag)
    url = Site.of(checkout.remote_url()).url
    return changelog.released(current(checkout), version, date, commits, url, previous)


def notes(checkout: Checkout, asked: Asked, date: dt.date) -> str:
    """What CHANGELOG.md says of a version, or would say of one that is tagged, or of the next one.

    Raises:
        BumpError: there is no such version, and it cannot be the next one.
    """
    text, version = current(checkout), asked.version
    if version and changelog.has(text, version):
        return changelog.notes(text, version)
    if not (version and tag_of(checkout.tags(), version)):
        version = decided(checkout, asked)
    return changelog.notes(written(checkout, version, date, asked.paths), version)
