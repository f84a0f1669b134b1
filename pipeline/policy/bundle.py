"""The files by which a release is deployed, each with its images by digest."""

from collections.abc import Callable, Mapping
from typing import Final

from pipeline.policy import compose, kubernetes
from pipeline.policy.deployment import Deployed, values
from pipeline.policy.hardening import problems

VALUES: Final = "values.yaml"

_WRITERS: Final[Mapping[str, Callable[[Deployed], str]]] = {
    compose.FILE: compose.compose,
    kubernetes.FILE: kubernetes.kubernetes,
    VALUES: values,
}

FILES: Final = tuple(_WRITERS)
"""Names of the files, as they are assets of a release."""


def bundle(deployed: Deployed) -> dict[str, str]:
    """Text by name, the same bytes for the same release.

    Raises:
        ValueError: one of them would not run by digest, without root and read-only.
    """
    found = {name: write(deployed) for name, write in _WRITERS.items()}
    wrong = [f"{name}: {problem}" for name, text in found.items() for problem in problems(text)]
    if wrong:
        raise ValueError(f"the files to deploy {deployed.version} are not as they have to be: {'; '.join(wrong)}")
    return found
