"""The helper that reads queries: whatever it shows, other tests believe."""

import dagger
import pytest
from dagger import dag

from .queries import Engine, arguments, chain, failed, held, parent, steps


def test_a_chain_reads_like_the_calls_that_made_it() -> None:
    """In the engine's names, without arguments that have their default."""
    container = dag.container().from_("golang:1").with_exec(["go", "build"], use_entrypoint=False)
    assert chain(container) == ["container", 'from(address="golang:1")', 'withExec(args=["go", "build"])']


def test_objects_among_the_arguments_show_their_own_chain() -> None:
    """Also within lists."""
    file = held(dagger.Directory, "source").file("a")
    assert chain(dag.directory().with_file("b", file)) == [
        "directory",
        'withFile(path="b", source=<node(id="source") | file(path="a")>)',
    ]
    tarball = dag.container().as_tarball(platform_variants=[dag.container().from_("a"), dag.container()])
    assert chain(tarball)[-1] == 'asTarball(platformVariants=[<container | from(address="a")>, <container>])'


def test_the_parent_is_the_object_before_the_last_call() -> None:
    """And the object itself stays as it was."""
    file = dag.container().from_("a").file("b")
    assert chain(parent(file, dagger.Container)) == ["container", 'from(address="a")']
    assert len(steps(file)) == 3


def test_arguments_are_those_of_every_call_of_a_name() -> None:
    """In order."""
    container = dag.container().with_label("a", "1").with_user("x").with_label("b", "2")
    assert [args["name"] for args in arguments(container, "withLabel")] == ["a", "b"]


@pytest.mark.anyio
@pytest.mark.usefixtures("engine")
async def test_what_the_test_did_not_answer_fails_it() -> None:
    """A query that nobody thought of is not passed over."""
    with pytest.raises(pytest.fail.Exception, match=r"asked for container \| stdout, and the test has no answer"):
        await dag.container().stdout()


@pytest.mark.anyio
async def test_errors_are_raised_as_the_sdk_does(engine: Engine) -> None:
    """With exit code and output."""
    engine.answers(stdout=failed(["a"], 3, "why"))
    with pytest.raises(dagger.ExecError) as caught:
        await dag.container().stdout()
    assert (caught.value.exit_code, caught.value.stderr, caught.value.command) == (3, "why", ["a"])
