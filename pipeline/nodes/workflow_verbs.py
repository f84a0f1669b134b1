"""Verbs of GitHub Actions: the workflows themselves, and what a report says of a check."""

import abc
import dataclasses
from typing import Annotated, Final

import dagger
from dagger import Doc, Ignore

from pipeline.nodes import git, typed, verbs
from pipeline.nodes.done import Done
from pipeline.nodes.errors import stage
from pipeline.nodes.typed import function
from pipeline.pins import Action
from pipeline.policy.workflows import FOLDER, NAMES, Workflows
from pipeline.report.verdict import read_results
from pipeline.report.workflows import workflows

_RESULTS: Final = "results.json"
_REGISTRY: Final = "ghcr.io/neurondb"
_OWN: Final = Workflows(registry=_REGISTRY, caches=f"{_REGISTRY}/caches")

To = Annotated[str, Doc("Where images go to, as ghcr.io/acme; default: where NeuronIP's do")]
Branch = Annotated[str, Doc("The default branch")]
Apps = Annotated[
    list[str] | None,
    Doc("Applications of another repository, as the Dagger shell makes them: go-app billing ./billing --port 9000"),
]
Module = Annotated[str, Doc("Where this module is for another repository, as github.com/owner/name@v1.2.3")]
Runner = Annotated[str, Doc("Label of the runners")]
Releases = Annotated[bool, Doc("Version tags are released on GitHub; without it their images are published")]
CodeScanning = Annotated[bool, Doc("Show findings beside the code; a private repository may not have that")]
Attest = Annotated[bool, Doc("Sign images and files at GitHub; a private repository may not have that")]
Caches = Annotated[
    str,
    Doc("Repository for caches, as ghcr.io/acme/caches; checks then pull what is unchanged; default: none"),
]
Report = Annotated[dagger.Directory, Ignore(["*", f"!{_RESULTS}"]), Doc("The folder that `reports` wrote")]


class WorkflowVerbs(abc.ABC):
    """What the pipeline does for GitHub Actions; it is a class of its own to keep files short."""

    repository: dagger.GitRepository

    @function(cache="never")
    @typed.generate
    async def workflows(
        self,
        to: To = "",
        branch: Branch = "main",
        app: Apps = None,
        module: Module = "",
        runner: Runner = "ubuntu-24.04",
        releases: Releases = True,
        code_scanning: CodeScanning = True,
        attest: Attest = True,
        caches: Caches = "",
    ) -> dagger.Changeset:
        """What ci.yml, build.yml and release.yml in .github/workflows have to be: a check fails where they differ."""
        with stage("pipeline", "workflows"):
            own = not (to or app or module)
            registry, caches = (to or _OWN.registry, caches or _OWN.caches) if own else (to, caches)
            wanted = Workflows(registry=registry, branch=branch, apps=app or (), module=module, runner=runner)
            wanted = dataclasses.replace(
                wanted, releases=releases, code_scanning=code_scanning, attest=attest, caches=caches
            )
            # Only then does a check, which is asked without an argument, write the same.
            wanted = dataclasses.replace(wanted, generated=wanted == _OWN)
            files = {f"{FOLDER}/{name}": text for name, text in workflows(wanted, Action.__members__).items()}
        before = (await git.checkout(self.repository)).filter(include=[f"{FOLDER}/{name}" for name in NAMES])
        # What was written with other arguments before is gone then.
        after = before.filter(include=[*files])
        for path, text in files.items():
            after = after.with_new_file(path, text)
        return after.changes(before)

    @function
    async def verdict(self, report: Report) -> str:
        """What a report says of a check, which is not run again: its table, and an error where a stage failed."""
        with stage("pipeline", "verdict"):
            rows = [Done(result=result) for result in read_results(await report.file(_RESULTS).contents())]
        return verbs.finish("check", rows, verbs.stage_table(rows))
