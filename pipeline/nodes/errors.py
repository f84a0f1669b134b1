"""How the failures of an engine reach a person."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagger
from dagger.mod._exceptions import FunctionError

from pipeline.remote.errors import RemoteError
from pipeline.report.failures import Exit, engine, explain, sentence


class Failed(FunctionError):
    """A stage of an application failed; the text is a sentence for a person.

    The base class is the SDK's own for errors that carry all there is to say: it is shown without a Python traceback.
    """


# The engine shows the class with its module's path, which says nothing to a person.
Failed.__module__ = "builtins"


@contextmanager
def stage(app: str, name: str) -> Iterator[None]:
    """Name application and stage in whatever goes wrong inside.

    Raises:
        Failed: a command failed, the engine refused, or a registry, GitHub or a value was wrong.
    """
    try:
        yield
    except dagger.ExecError as error:
        failed = Exit(error.command, error.exit_code, error.stdout, error.stderr)
        raise Failed(explain(app, failed)) from None
    except dagger.QueryError as error:
        raise Failed(sentence(app, name, engine(str(error)))) from None
    except (RemoteError, ValueError) as error:
        raise Failed(sentence(app, name, str(error))) from None


def problem(stage: str, app: str, error: Exception) -> str:
    """What a stage raised, as a sentence."""
    return str(error) if isinstance(error, Failed) else f"{app}: {stage}: {engine(f'{type(error).__name__}: {error}')}"
