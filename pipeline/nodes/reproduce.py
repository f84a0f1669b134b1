"""Reproduce: every application built twice, and whether the two are the same to the last byte."""

import dataclasses
import json
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes import probes
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, problem, stage
from pipeline.nodes.stamping import stamps
from pipeline.nodes.together import settled, together
from pipeline.policy.documents import Document
from pipeline.policy.images import Variant
from pipeline.policy.versions import Stamp
from pipeline.report.differences import Difference
from pipeline.report.failures import sentence
from pipeline.report.table import table
from pipeline.report.text import cut, plural

_SHOWN: Final = 80
"""Characters of a setting that an error shows."""

_HEADER: Final = ["APPLICATION", "PLATFORM", "DIGEST", "RESULT"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compared:
    """Two builds of an application: each variant of the first and what the other differs in, and the first's index."""

    app: str
    index: Document
    variants: Sequence[tuple[Variant, Difference | None]]

    @property
    def rows(self) -> list[list[str]]:
        """A line a platform, and one for the digest that `publish` would push."""
        found = [
            [self.app, variant.platform, variant.manifest.digest, differs.brief if differs else "same"]
            for variant, differs in self.variants
        ]
        return [*found, [self.app, "all", self.index.digest, "differs" if self.problems else "same"]]

    @property
    def problems(self) -> list[str]:
        """What differs, in a sentence a platform."""
        return [
            sentence(self.app, f"reproduce {variant.platform}", differs.sentence)
            for variant, differs in self.variants
            if differs
        ]


async def reproduce(apps: Sequence[App], platforms: Sequence[dagger.Platform]) -> str:
    """Build every application twice, the second time from no cache, and print whether the digests are the same.

    Raises:
        Failed: two builds differ, or one of them failed; the table stands in the text.
    """
    if not apps:
        raise Failed("there is no application to work on; add one with with-app")
    salt = f"{time.time_ns():x}"
    known = await stamps(apps)
    found = await settled([partial(compare, app, at, platforms, salt) for app, at in zip(apps, known, strict=True)])
    compared = [one for one in found if isinstance(one, Compared)]
    rows = [row for one in compared for row in one.rows]
    text = table(_HEADER, rows) if rows else ""
    problems = [
        one.problems if isinstance(one, Compared) else [problem("reproduce", app.name, one)]
        for app, one in zip(apps, found, strict=True)
    ]
    failed = sum(map(bool, problems))
    if failed:
        count = f"reproduce: {failed} of {plural(len(apps), 'application')} could not be reproduced"
        told = dict.fromkeys(line for lines in problems for line in lines)
        raise Failed("\n\n".join([count, *told, text]).rstrip())
    return text


async def compare(app: App, at: Stamp | Failed, platforms: Sequence[dagger.Platform], salt: str) -> Compared:
    """Build an application as it is, and again with a salt that no build had before.

    Raises:
        Failed: it could not be stamped, built or compared.
    """
    if isinstance(at, Failed):
        raise at
    first = await app.image(at, platforms)
    variants, index = await first.documents()
    # One after the other: a clock that is read in both at once may say the same.
    second = await salted(app, salt).image(at, platforms)
    others, _ = await second.documents()
    places = range(len(variants))
    differences = await together(
        [
            partial(_difference, app, (variants[place], first.variants[place]), (others[place], second.variants[place]))
            for place in places
        ]
    )
    return Compared(app=app.name, index=index, variants=list(zip(variants, differences, strict=True)))


def salted(app: App, salt: str) -> App:
    """The application, built without anything that a build of another salt left."""
    return dataclasses.replace(app, tools=dataclasses.replace(app.tools, salt=salt))


async def _difference(
    app: App, one: tuple[Variant, dagger.Container], two: tuple[Variant, dagger.Container]
) -> Difference | None:
    (first, _), (second, _) = one, two
    if first.manifest.digest == second.manifest.digest:
        return None
    if first.manifest.blobs[1:] == second.manifest.blobs[1:]:
        return _config(first.config, second.config)
    with stage(app.name, f"reproduce {first.platform}"):
        found = await _differ(app.tools.node, one[1], two[1])
    return found or Difference(what="layers")


def _config(first: Document, second: Document) -> Difference:
    """The first setting that differs where the layers are the same."""
    one, two = ({**found.content, **(found.content.get("config") or {})} for found in (first, second))
    name = next(name for name in sorted(one.keys() | two.keys()) if one.get(name) != two.get(name) and name != "config")
    said = (cut(json.dumps(found.get(name), sort_keys=True), _SHOWN) for found in (one, two))
    return Difference(path=name, what="config", first=next(said), second=next(said))


async def _differ(image: str, first: dagger.Container, second: dagger.Container) -> Difference | None:
    """The first file that differs in what a container of each would see."""
    probe = dag.container().from_(image)
    probe = probe.with_mounted_directory("/first", first.rootfs()).with_mounted_directory("/second", second.rootfs())
    found = json.loads(await probes.run(probe, "differ.mjs", "differ", "/first", "/second").stdout())
    return Difference(**found) if found else None
