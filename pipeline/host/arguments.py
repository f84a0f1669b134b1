"""Arguments of what runs on the host."""

import argparse
from typing import Final

import semver

from pipeline.policy.bumps import CANDIDATE, Asked, Bump
from pipeline.policy.versions import release_of

_PARTS: Final = [part.value for part in Bump]
_PART_HELP: Final = "raise this part, whatever the commits say"


def next_version() -> argparse.ArgumentParser:
    """Those of `next-version`."""
    made = _parser("next-version", "Print the next version, from tags and conventional commits.")
    made.add_argument("--bump", choices=_PARTS, help=_PART_HELP)
    made.set_defaults(version=None)
    return made


def changelog() -> argparse.ArgumentParser:
    """Those of `changelog`."""
    made = _parser(
        "changelog", "Print what the changelog says, or is going to say, of a version: the next one, or any."
    )
    group = made.add_mutually_exclusive_group()
    group.add_argument("--bump", choices=_PARTS, help=_PART_HELP)
    _add_version(group)
    return made


def bump() -> argparse.ArgumentParser:
    """Those of `bump`."""
    made = _parser("bump", "Write CHANGELOG.md, commit it as the next version, and tag the commit; push with --push.")
    group = made.add_mutually_exclusive_group()
    group.add_argument("bump", nargs="?", choices=_PARTS, help=_PART_HELP)
    _add_version(group)
    made.add_argument("--push", action="store_true", help="push branch and tag, both or neither")
    return made


def asked(given: argparse.Namespace) -> Asked:
    """What a person asks for."""
    return Asked(
        bump=Bump(given.bump) if given.bump else None,
        version=given.version,
        identifier=given.identifier,
        paths=given.path,
    )


def _parser(name: str, about: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog=f"pipeline {name}", description=about, allow_abbrev=False)
    made.add_argument(
        "--path", action="append", default=[], metavar="PATH", help="count only commits that touch it; may be repeated"
    )
    made.add_argument("--identifier", default=CANDIDATE, help="what pre-releases are called (default: %(default)s)")
    return made


def _add_version(group: "argparse._MutuallyExclusiveGroup") -> None:
    group.add_argument("--version", type=_version, metavar="VERSION", help="this version, as v1.2.3 or v1.2.3-rc.1")


def _version(text: str) -> semver.Version:
    try:
        return release_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
