"""The second look at an image, as a chain."""

from importlib.resources import files

import pytest
from dagger import dag

from pipeline.nodes import probes
from pipeline.nodes.look import look

from .queries import arguments, chain

pytestmark = pytest.mark.usefixtures("engine")


def test_the_look_reads_the_tarball_where_node_is() -> None:
    """The image's own root file system is not run: it may hold no program at all."""
    asked = look(dag.container().from_("shop:1"), "node:1", 2)
    assert chain(asked)[1] == 'from(address="node:1")'
    assert "| asTarball>" in chain(asked)[2]
    command = ["sh", "-c", 'exec "$@"', "look", "node", "/opt/pipeline/look.mjs", "/image.tar", "2"]
    assert arguments(asked, "withExec") == [{"args": command}]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("look.mjs", ["look.mjs", "archive.mjs"]),
        ("measure.mjs", ["measure.mjs", "archive.mjs"]),
        ("next.mjs", ["next.mjs"]),
        ("smoke.mjs", ["smoke.mjs"]),
    ],
)
def test_a_probe_comes_with_what_it_imports(name: str, parts: list[str]) -> None:
    """And with nothing else, so that a change of one does not run the others again."""
    asked = probes.run(dag.container(), name, "stage")
    sources = {f"/opt/pipeline/{part}": files(probes).joinpath(part).read_text("utf-8") for part in parts}
    assert {put["path"]: put["contents"] for put in arguments(asked, "withNewFile")} == sources
