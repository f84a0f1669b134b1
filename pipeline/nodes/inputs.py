"""What an image is made of, as its content key and its provenance name it."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagger
from dagger import dag

from pipeline.nodes.recipe import Built, tracked
from pipeline.policy.documents import digest_of
from pipeline.policy.keys import Inputs, canonical
from pipeline.policy.platforms import Target
from pipeline.policy.references import Reference
from pipeline.policy.versions import Stamp

if TYPE_CHECKING:
    from pipeline.nodes.app import App


def contents(app: "App", built: Built) -> dagger.Directory:
    """Every file that goes into the image; of what another module makes also what came out, which it alone decides."""
    found = dag.directory().with_directory("source", tracked(app.source))
    found = found.with_directory("files", tracked(app.files)) if app.files else found
    return found.with_directory("made", built.made) if built.made else found


def inputs(app: "App", at: Stamp, wanted: Sequence[Target], base: Reference) -> Inputs:
    """All else that decides what the image holds, and what it has to pass: who asks for more wants it tested again."""
    kinds = {"go": app.go, "next": app.next, "dockerfile": app.dockerfile, "kind": app.kind}
    parameters = {
        **{kind: dataclasses.asdict(recipe) for kind, recipe in kinds.items() if recipe},
        "run": dataclasses.asdict(app.run),
        "about": dataclasses.asdict(app.about),
        "files_path": app.files_path,
        "health_command": app.health_command,
        "compression": app.compression,
        "passed": _passed(app),
    }
    # The salt of a build that is to be made afresh is no image.
    pins = {name: image for name, image in dataclasses.asdict(app.tools).items() if name != "salt"}
    return Inputs(
        app=app.name,
        path=app.path,
        parameters=canonical(parameters),
        secrets=app.secret_names,
        pins=pins,
        base=f"{base.name}@{base.digest}" if base.digest else base.name,
        used=app.recipe.used(app.tools),
        platforms=[target.platform for target in wanted],
        stamp=at,
    )


def _passed(app: "App") -> str:
    """The hash of what it has to pass: all else of the parameters stands in the provenance, which everybody reads."""
    checks = {
        "budget": dataclasses.asdict(app.budget),
        "rules": dataclasses.asdict(app.rules),
        "services": app.service_names,
        "environment": app.test_environment,
    }
    return digest_of(canonical(checks).encode())
