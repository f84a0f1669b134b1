"""The two applications that this repository packages."""

from typing import Annotated, Final

import dagger
from dagger import DefaultPath, Doc, Ignore

from pipeline.nodes import stack
from pipeline.nodes.app import App
from pipeline.nodes.go import Go
from pipeline.nodes.next import Next
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import About, Run, Toolbox
from pipeline.policy.gates import Budget

# What no build reads, or what only a developer's machine holds.
_LOCAL: Final = [".env*", "**/.git", "**/.DS_Store", "**/*.md", "**/coverage"]

_NOT_API: Final = [*_LOCAL, "bin", "*.out"]
_NOT_FRONTEND: Final = [*_LOCAL, "**/node_modules", "**/.next", "**/*.tsbuildinfo"]

# Relative to the module, not to the repository: a copy of the module inside another repository keeps its applications.
ApiSource = Annotated[dagger.Directory, DefaultPath("api"), Ignore(_NOT_API), Doc("Source of the API (Go)")]
FrontendSource = Annotated[
    dagger.Directory,
    DefaultPath("frontend"),
    Ignore(_NOT_FRONTEND),
    Doc("Source of the front end (Next.js)"),
]
Repository = Annotated[
    dagger.GitRepository, DefaultPath("/"), Doc("Repository of the two, for their version, revision and time")
]

_GO: Final = Go(
    package="./cmd/server",
    binary="neuronip-api",
    version_variable="main.version",
    date_variable="main.buildDate",
    commit_variable="main.gitCommit",
)

_URL: Final = "https://github.com/neurondb/NeuronIP"


def api(
    source: dagger.Directory, repository: dagger.GitRepository, tools: Toolbox, scanner: Scanner, postgres: str
) -> App:
    """The API: Go, 20 MB at most on top of its base; its tests have a PostgreSQL."""
    app = App(
        name="api",
        source=source,
        path="api",
        ignored=_NOT_API,
        repository=repository,
        about=About(
            title="NeuronIP API",
            description="Documents and full-text search over PostgreSQL",
            url=_URL,
            licenses="Apache-2.0",
        ),
        run=Run(port=8082, health_path="/health"),
        base=tools.static,
        tools=tools,
        scanner=scanner,
        health_command=["/usr/local/bin/neuronip-api", "healthcheck"],
        budget=Budget(added=20),
        go=_GO,
    )
    access = [f"{name}={value}" for name, value in stack.ACCESS.items()]
    return app.with_test_service(stack.DATABASE, stack.database(postgres), access)


def frontend(source: dagger.Directory, repository: dagger.GitRepository, tools: Toolbox, scanner: Scanner) -> App:
    """The web front end: Next.js, 200 MB at most in all."""
    run = Run.node(3000, "/healthz")
    return App(
        name="frontend",
        source=source,
        path="frontend",
        ignored=_NOT_FRONTEND,
        repository=repository,
        about=About(
            title="NeuronIP front end",
            description="Web front end of NeuronIP: search, documents and service status",
            url=_URL,
            licenses="Apache-2.0",
        ),
        run=run,
        base=tools.nodejs,
        tools=tools,
        scanner=scanner,
        health_command=run.node_health_command,
        budget=Budget(total=200),
        # It has neither draft mode nor server actions, and its middleware writes headers for whoever asked.
        next=Next(version_variable="NEURONIP_VERSION", revision_variable="NEURONIP_REVISION", public_keys=True),
    )
