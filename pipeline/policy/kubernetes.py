"""kubernetes.yaml: the product in a namespace of a cluster."""

from collections.abc import Mapping
from typing import Any, Final

from pipeline.policy import pods
from pipeline.policy.deployment import (
    API_ALIVE,
    API_PORT,
    API_READY,
    DATABASE_CHECK,
    DATABASE_FILES,
    DATABASE_PORT,
    DATABASE_SOCKET,
    FRONTEND_ALIVE,
    FRONTEND_PORT,
    NAME,
    USER,
    Deployed,
    api_environment,
    database_environment,
    frontend_environment,
    write,
)
from pipeline.policy.images import PREFIX
from pipeline.policy.pods import called, labels, resource, selector
from pipeline.policy.traffic import policies, service

FILE: Final = "kubernetes.yaml"

_USAGE: Final = f"""\
The product in a namespace, for Kubernetes 1.30 or newer; it meets the restricted Pod Security Standard. Once, what this
installation alone knows: the password that its database is made with, and the two addresses that browsers see.
  kubectl create secret generic {called("database")} --from-literal=password="$(openssl rand -hex 24)"
  kubectl create configmap {NAME} --from-literal=url=http://localhost:{FRONTEND_PORT} \\
    --from-literal=api-url=http://localhost:{API_PORT}
Then, and for each new version of this file:
  kubectl apply --filename kubernetes.yaml
  kubectl rollout status deployment/{called("api")}
  kubectl rollout status deployment/{called("frontend")}
Pods read the addresses when they start, so that after a change:
  kubectl rollout restart deployment/{called("api")} deployment/{called("frontend")}
An Ingress or a Gateway is the cluster's own. For a look without one:
  kubectl port-forward service/{called("api")} {API_PORT} &
  kubectl port-forward service/{called("frontend")} {FRONTEND_PORT}
The documents lie in the claim files-{called("database")}-0, which stays when all of this is deleted: back it up.
Network policies hold where the cluster's network enforces them.
"""

_MEMORY: Final = "256Mi"
"""What the database's processes may share."""

_PASSWORD: Final = {"secretKeyRef": {"name": called("database"), "key": "password"}}


def kubernetes(deployed: Deployed) -> str:
    """The file, by digest, with the same bytes for the same release; it names no namespace and holds no secret."""
    documents = [
        *policies(),
        service("database", "postgres", DATABASE_PORT, headless=True),
        _database(deployed),
        service("api", "http", API_PORT),
        *_application(deployed, "api", _api(deployed)),
        service("frontend", "http", FRONTEND_PORT),
        *_application(deployed, "frontend", _frontend(deployed)),
    ]
    return write(deployed, [_stamped(document, deployed) for document in documents], _USAGE)


def _database(deployed: Deployed) -> dict[str, Any]:
    """PostgreSQL, of which there is one; a new version of the product alone does not start it anew."""
    own = {"POSTGRES_PASSWORD": _PASSWORD}
    made = pods.container("database", deployed.postgres, ("postgres", DATABASE_PORT), database_environment(), own)
    places = {"files": DATABASE_FILES, "socket": DATABASE_SOCKET, "temporary": "/tmp", "shared": "/dev/shm"}  # noqa: S108
    container = {
        **made,
        **pods.commanded(DATABASE_CHECK),
        **pods.resources(cpu=("250m", "2"), memory=("256Mi", "1Gi")),
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in places.items()],
    }
    volumes = {
        "socket": _empty(sizeLimit="1Mi"),
        "temporary": _empty(sizeLimit="64Mi"),
        "shared": _empty(medium="Memory", sizeLimit=_MEMORY),
    }
    pod = pods.pod(container, deployed.postgres_user, volumes) | {"terminationGracePeriodSeconds": 60}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    spec = {
        "replicas": 1,
        "serviceName": called("database"),
        "selector": selector("database"),
        "template": {"metadata": {"labels": labels("database")}, "spec": pod},
        "volumeClaimTemplates": [{"metadata": {"name": "files", "labels": labels("database")}, "spec": claim}],
    }
    return resource("StatefulSet", "database", spec)


def _api(deployed: Deployed) -> dict[str, Any]:
    own = {"DB_PASSWORD": _PASSWORD, "CORS_ALLOWED_ORIGINS": _installed("url")}
    return {
        **pods.container("api", deployed.api, ("http", API_PORT), api_environment(called("database")), own),
        **pods.asked(alive=API_ALIVE, ready=API_READY),
        **pods.resources(cpu=("50m", "1"), memory=("64Mi", "256Mi")),
    }


def _frontend(deployed: Deployed) -> dict[str, Any]:
    own = {"NEXT_PUBLIC_API_URL": _installed("api-url")}
    settings = frontend_environment(called("api"))
    return {
        **pods.container("frontend", deployed.frontend, ("http", FRONTEND_PORT), settings, own),
        **pods.asked(alive=FRONTEND_ALIVE, ready=FRONTEND_ALIVE),
        **pods.resources(cpu=("100m", "1"), memory=("128Mi", "512Mi")),
    }


def _application(deployed: Deployed, part: str, container: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Two pods, on different nodes where there are some, and what keeps one of them while nodes are emptied."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": selector(part),
    }
    pod = pods.pod(container, USER, {}) | {"topologySpreadConstraints": [spread]}
    spec = {
        "replicas": 2,
        "selector": selector(part),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {"metadata": {"labels": labels(part) | _version(deployed)}, "spec": pod},
    }
    budget = {"maxUnavailable": 1, "selector": selector(part)}
    return [resource("Deployment", part, spec), resource("PodDisruptionBudget", part, budget)]


def _installed(key: str) -> dict[str, Any]:
    """What only the installation knows: in a ConfigMap that no new version of the file overwrites."""
    return {"configMapKeyRef": {"name": NAME, "key": key}}


def _empty(**limits: str) -> dict[str, Any]:
    return {"emptyDir": limits}


def _version(deployed: Deployed) -> dict[str, str]:
    return {"app.kubernetes.io/version": deployed.label}


def _stamped(document: Mapping[str, Any], deployed: Deployed) -> dict[str, Any]:
    """Say of an object which release it is of."""
    metadata = {**document["metadata"], "labels": document["metadata"]["labels"] | _version(deployed)}
    if deployed.revision:
        metadata["annotations"] = {f"{PREFIX}revision": deployed.revision}
    return {**document, "metadata": metadata}
