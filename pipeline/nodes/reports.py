"""The report of a check, as files."""

import datetime as dt
from collections.abc import Sequence

import dagger
from dagger import dag

from pipeline.nodes.app import App
from pipeline.nodes.done import Done
from pipeline.nodes.stages import documents
from pipeline.nodes.together import settled, together
from pipeline.nodes.verbs import Plan
from pipeline.policy.results import Report
from pipeline.report.page import page
from pipeline.report.results import results_json, sizes_json
from pipeline.report.sarif import merged
from pipeline.report.summary import summary


async def reports(apps: Sequence[App], plan: Plan) -> dagger.Directory:
    """Run a plan and write down what came out, whatever it is: failures are in the report, and no error here.

    Raises:
        Failed: there is no application, or one to compare that is not there.
    """
    rows = await plan.run(apps)
    report = report_of(rows, plan)
    out = dag.directory()
    for path, folder in sorted((path, folder) for done in rows for path, folder in done.folders.items()):
        out = out.with_directory(path, folder)
    written = await _written(rows)
    for path, file in sorted(written):
        out = out.with_file(path, file)
    pages = {
        "code-scanning.sarif": await _code_scanning(written),
        "index.html": page(report),
        "summary.md": summary(report),
        "results.json": results_json(report),
        "sizes.json": sizes_json(report),
    }
    for path, text in pages.items():
        out = out.with_new_file(path, text)
    return await out.sync()


def report_of(rows: Sequence[Done], plan: Plan) -> Report:
    """Everything that the stages of a plan gave, as it is shown; made now."""
    return Report(
        results=[done.result for done in rows],
        versions={done.result.app: done.version for done in rows if done.version},
        created=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        tests={done.result.app: done.tests for done in rows if done.tests},
        verdicts={done.result.app: done.verdict for done in rows if done.verdict},
        sizes={done.result.app: done.sizes for done in rows if done.sizes},
        before={done.result.app: done.before for done in rows if done.before},
        against=dict(plan.against),
        database=plan.database.about,
    )


async def _written(rows: Sequence[Done]) -> list[tuple[str, dagger.File]]:
    """The documents that could be made: a converter that fails takes none of the others with it."""
    wanted: dict[str, dagger.File] = {}
    for done in rows:
        wanted |= documents(done.result.app, done.scans)
    found = await settled([file.sync for file in wanted.values()])
    return [(path, file) for path, file in zip(wanted, found, strict=True) if not isinstance(file, Exception)]


async def _code_scanning(written: Sequence[tuple[str, dagger.File]]) -> str:
    """Every SARIF document in one: GitHub takes one file, and others take the single ones."""
    found = {path.rpartition("/")[0]: file for path, file in written if path.endswith(".sarif")}
    texts = await together([file.contents for file in found.values()])
    return merged(dict(zip(found, texts, strict=True)))
