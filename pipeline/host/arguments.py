"""Arguments of what runs on the host."""

import argparse
import re
from typing import Final

import semver

from pipeline.policy.bumps import CANDIDATE, Asked, Bump
from pipeline.policy.plan import BRANCHES
from pipeline.policy.versions import release_of

_PARTS: Final = [part.value for part in Bump]
_PART_HELP: Final = "raise this part, whatever the commits say"

_PLAN: Final = """\
Say step by step what a release of the checkout would do: the plan of `dagger call plan`, without an engine.
"""
_PLAN_END: Final = """\
GitHub is asked with the token in GITHUB_TOKEN or GH_TOKEN, registries as the users of `docker login`.
Exit code: 0 where the release can go on, 4 where a step would be refused, 1 where no plan could be made.
"""


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


def plan() -> argparse.ArgumentParser:
    """Those of `plan`."""
    made = argparse.ArgumentParser(
        prog="pipeline plan",
        description=_PLAN,
        epilog=_PLAN_END,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--version", type=_version, help="as v1.2.3; default: that of the tag on HEAD, else what `next-version` says"
    )
    made.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="where images go to, as ghcr.io/acme or ghcr.io/acme/neuronip-{app}; may be repeated",
    )
    made.add_argument("--repository", type=_repository, metavar="OWNER/NAME", help="on GitHub; default: from `origin`")
    made.add_argument(
        "--branch",
        action="append",
        metavar="PATTERN",
        help=f"a branch that may be released, as 'release/*'; may be repeated; default: {', '.join(BRANCHES)}",
    )
    _add_how(made)
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


def _add_how(made: argparse.ArgumentParser) -> None:
    """How tags are put, who is asked, and in which form the plan is."""
    made.add_argument("--without-v", action="store_true", help="leave out tags of images such as v1.2.3 and v1")
    made.add_argument("--force", action="store_true", help="let floating tags move to an older version")
    made.add_argument("--offline", action="store_true", help="ask neither registries nor GitHub")
    made.add_argument("--json", action="store_true", help="for `dagger call release --plan FILE`")
    made.add_argument("--api", default="", metavar="URL", help="where GitHub answers, as https://HOST/api/v3")


def _version(text: str) -> semver.Version:
    try:
        return release_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _repository(text: str) -> str:
    if not re.fullmatch(r"[^/\s]+/[^/\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no repository of GitHub; give it as owner/name")
    return text
