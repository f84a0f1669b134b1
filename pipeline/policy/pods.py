"""Pods of Kubernetes that meet the restricted Pod Security Standard, and what every object is called."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline.policy.deployment import NAME, pinned

_GRACE: Final = 5
"""Seconds in which a pod that is to stop still answers, until everybody has heard of it."""


def resource(kind: str, part: str, spec: Mapping[str, Any], *, name: str = "") -> dict[str, Any]:
    """An object, of one part of the product or, with part "", of all of it."""
    versions = {
        "Deployment": "apps/v1",
        "StatefulSet": "apps/v1",
        "Service": "v1",
        "NetworkPolicy": "networking.k8s.io/v1",
        "PodDisruptionBudget": "policy/v1",
    }
    metadata = {"name": name or called(part), "labels": labels(part)}
    return {"apiVersion": versions[kind], "kind": kind, "metadata": metadata, "spec": dict(spec)}


def called(part: str) -> str:
    """The name of a part's objects."""
    return f"{NAME}-{part}"


def labels(part: str = "") -> dict[str, str]:
    """What selects the pods of a part, or of all of them; it must never change, since workloads cannot change it."""
    named = {"app.kubernetes.io/name": NAME}
    return named | ({"app.kubernetes.io/component": part} if part else {})


def selector(part: str = "") -> dict[str, Any]:
    """Selects the pods of a part, or of all of them."""
    return {"matchLabels": labels(part)}


def pod(container: Mapping[str, Any], user: int, volumes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A pod of one container, as a user that is not root, without a token of the cluster."""
    security: dict[str, Any] = {"runAsNonRoot": True, "runAsUser": user, "runAsGroup": user}
    if volumes:
        # A new volume belongs to root; what is in it already is not gone through at every start.
        security |= {"fsGroup": user, "fsGroupChangePolicy": "OnRootMismatch"}
    return {
        "automountServiceAccountToken": False,
        # Otherwise each Service of the namespace sets variables, which could be read as settings.
        "enableServiceLinks": False,
        "securityContext": security | {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [dict(container)],
        **({"volumes": [{"name": name, **source} for name, source in volumes.items()]} if volumes else {}),
    }


def container(
    part: str,
    image: str,
    port: tuple[str, int],
    settings: Mapping[str, str],
    installed: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """A container that can neither write nor become more than it is.

    `settings` are the same everywhere; `installed` names the Secret or the ConfigMap of whoever runs it.
    """
    plain = [{"name": name, "value": value} for name, value in settings.items()]
    named, number = port
    return {
        "name": part,
        "image": pinned(image),
        "ports": [{"name": named, "containerPort": number, "protocol": "TCP"}],
        "env": [*plain, *({"name": name, "valueFrom": dict(source)} for name, source in installed.items())],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def resources(cpu: tuple[str, str], memory: tuple[str, str]) -> dict[str, Any]:
    """What is kept for a container, and what it gets at most."""
    kept, most = ({"cpu": cpu[place], "memory": memory[place]} for place in (0, 1))
    return {"resources": {"requests": kept, "limits": most}}


def asked(alive: str, ready: str) -> dict[str, Any]:
    """Probes over HTTP: started within a minute, alive, and able to serve; and a stop that loses no request."""
    return {
        "startupProbe": _get(alive, every=2, failures=30),
        "livenessProbe": _get(alive, every=10, failures=3),
        "readinessProbe": _get(ready, every=5, failures=2),
        # There is no command to sleep with.
        "lifecycle": {"preStop": {"sleep": {"seconds": _GRACE}}},
    }


def commanded(command: Sequence[str]) -> dict[str, Any]:
    """Probes by a command; half an hour to start, since whoever stops a recovery begins it anew."""
    return {
        "startupProbe": _run(command, every=5, failures=360),
        "livenessProbe": _run(command, every=10, failures=6),
        "readinessProbe": _run(command, every=5, failures=2),
    }


def _get(path: str, *, every: int, failures: int) -> dict[str, Any]:
    return _probe({"httpGet": {"path": path, "port": "http"}}, every, failures)


def _run(command: Sequence[str], *, every: int, failures: int) -> dict[str, Any]:
    return _probe({"exec": {"command": list(command)}}, every, failures)


def _probe(how: Mapping[str, Any], every: int, failures: int) -> dict[str, Any]:
    return {**how, "periodSeconds": every, "timeoutSeconds": 3, "failureThreshold": failures}
