"""The whole product on one machine: PostgreSQL, the API and the front end, wired."""

from typing import Final

import dagger
from dagger import dag

from pipeline.nodes.recipe import with_environment

API_PORT: Final = 8082
FRONTEND_PORT: Final = 3000

# Guards nothing: the database lives as long as the session and no port of it leaves the engine.
_PASSWORD: Final = "neuronip"  # noqa: S105

DATABASE: Final = "db"
"""Host name of the database."""

ACCESS: Final = {
    "DB_HOST": DATABASE,
    "DB_USER": "neuronip",
    "DB_PASSWORD": _PASSWORD,
    "DB_NAME": "neuronip",
    "DB_SSLMODE": "disable",
}
"""The environment by which the API, and its tests, find the database."""


def database(image: str) -> dagger.Service:
    """An empty PostgreSQL that lives as long as the session."""
    return (
        dag.container()
        .from_(image)
        .with_env_variable("POSTGRES_USER", "neuronip")
        .with_env_variable("POSTGRES_PASSWORD", _PASSWORD)
        .with_env_variable("POSTGRES_DB", "neuronip")
        .with_exposed_port(5432)
        .as_service(use_entrypoint=True)
    )


def api(container: dagger.Container, storage: dagger.Service) -> dagger.Service:
    """The API on its database; the browser may call it from the front end's address."""
    environment = ACCESS | {
        "SERVER_PORT": str(API_PORT),
        "CORS_ALLOWED_ORIGINS": f"http://localhost:{FRONTEND_PORT}",
    }
    bound = container.with_service_binding(DATABASE, storage)
    return with_environment(bound, environment).as_service(use_entrypoint=True)


def frontend(container: dagger.Container, backend: dagger.Service) -> dagger.Service:
    """The front end: browsers reach the API on the caller's machine, its server through the engine."""
    return (
        container.with_service_binding("api", backend)
        .with_env_variable("NEXT_PUBLIC_API_URL", f"http://localhost:{API_PORT}")
        .with_env_variable("API_INTERNAL_URL", f"http://api:{API_PORT}")
        .as_service(use_entrypoint=True)
    )
