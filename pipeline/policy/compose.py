"""compose.yaml: the product on one machine with Docker Compose."""

from typing import Any, Final

from pipeline.policy.deployment import (
    API_CHECK,
    API_PORT,
    DATABASE_CHECK,
    DATABASE_FILES,
    DATABASE_SOCKET,
    FRONTEND_CHECK,
    FRONTEND_PORT,
    NAME,
    USER,
    Deployed,
    api_environment,
    database_environment,
    frontend_environment,
    pinned,
    write,
)

FILE: Final = "compose.yaml"

_USAGE: Final = f"""\
The product on one machine, for Docker Compose 2.20 or newer. Once, the password that the database is made with:
  (umask 077 && echo "NEURONIP_DB_PASSWORD=$(openssl rand -hex 24)" > .env)
Then, and for each new version of this file:
  docker compose --file compose.yaml up --detach --wait
Open http://localhost:{FRONTEND_PORT}. Both ports are open on this machine alone. To serve others, put a proxy with TLS
before them and say in .env what browsers see:
  NEURONIP_URL=https://neuronip.example.com
  NEURONIP_API_URL=https://api.neuronip.example.com
The documents lie in the volume {NAME}_database; `docker compose down` keeps it.
"""

# One variable for both: whoever sets another password for the API alone has no API.
_PASSWORD: Final = "${NEURONIP_DB_PASSWORD:?set it in .env beside this file}"  # noqa: S105 - the name of one
_URLS: Final = f"${{NEURONIP_URL:-http://localhost:{FRONTEND_PORT},http://127.0.0.1:{FRONTEND_PORT}}}"
_API_URL: Final = f"${{NEURONIP_API_URL:-http://localhost:{API_PORT}}}"


def compose(deployed: Deployed) -> str:
    """The file, by digest, with the same bytes for the same release."""
    content = {
        "name": NAME,
        "services": {"database": _database(deployed), "api": _api(deployed), "frontend": _frontend(deployed)},
        # What the database speaks to reaches nothing else.
        "networks": {"database": {"internal": True}, "web": {}},
        "volumes": {"database": {}},
    }
    return write(deployed, [content], _USAGE)


def _database(deployed: Deployed) -> dict[str, Any]:
    user = deployed.postgres_user
    return {
        **_service(deployed.postgres, user, memory="1G", cpus="2.0", pids=256),
        "environment": database_environment() | {"POSTGRES_PASSWORD": _PASSWORD},
        "volumes": [f"database:{DATABASE_FILES}"],
        "tmpfs": ["/tmp:mode=1777,size=64m", f"{DATABASE_SOCKET}:mode=0755,uid={user},gid={user},size=1m"],  # noqa: S108
        # Parallel queries share memory there; 64 MB, the default, is too little for some.
        "shm_size": "256m",
        # To end its connections and write down what it holds.
        "stop_grace_period": "60s",
        "networks": ["database"],
        "healthcheck": _check(*DATABASE_CHECK, start="60s"),
    }


def _api(deployed: Deployed) -> dict[str, Any]:
    return {
        **_service(deployed.api, USER, memory="256M", cpus="1.0", pids=128),
        "environment": api_environment("database") | {"DB_PASSWORD": _PASSWORD, "CORS_ALLOWED_ORIGINS": _URLS},
        "depends_on": {"database": {"condition": "service_healthy"}},
        "networks": ["database", "web"],
        "ports": [f"127.0.0.1:{API_PORT}:{API_PORT}"],
        "healthcheck": _check(*API_CHECK, start="20s"),
    }


def _frontend(deployed: Deployed) -> dict[str, Any]:
    return {
        **_service(deployed.frontend, USER, memory="512M", cpus="1.0", pids=128),
        "environment": frontend_environment("api") | {"NEXT_PUBLIC_API_URL": _API_URL},
        "depends_on": {"api": {"condition": "service_healthy"}},
        "networks": ["web"],
        "ports": [f"127.0.0.1:{FRONTEND_PORT}:{FRONTEND_PORT}"],
        "healthcheck": _check(*FRONTEND_CHECK, start="20s"),
    }


def _service(image: str, user: int, *, memory: str, cpus: str, pids: int) -> dict[str, Any]:
    """What every service has: nothing that it does not need."""
    return {
        "image": pinned(image),
        "restart": "unless-stopped",
        "user": f"{user}:{user}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "deploy": {"resources": {"limits": {"cpus": cpus, "memory": memory, "pids": pids}}},
    }


def _check(*command: str, start: str) -> dict[str, Any]:
    """A health check without a shell."""
    # Compose replaces what begins with a dollar sign, and two are one.
    test = ["CMD", *(word.replace("$", "$$") for word in command)]
    return {"test": test, "interval": "5s", "timeout": "3s", "retries": 5, "start_period": start}
