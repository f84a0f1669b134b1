"""Who in a cluster speaks to whom: Services, and network policies that allow nothing else."""

from typing import Any, Final

from pipeline.policy.deployment import API_PORT, DATABASE_PORT, FRONTEND_PORT
from pipeline.policy.pods import called, labels, resource, selector

_DNS: Final = 53
_NOTHING: Final = called("default-deny")

# kube-dns is what CoreDNS is called, too. The address is the one that NodeLocal DNSCache has by default.
_RESOLVERS: Final[list[dict[str, Any]]] = [
    {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    },
    {"ipBlock": {"cidr": "169.254.20.10/32"}},
]


def service(part: str, named: str, port: int, *, headless: bool = False) -> dict[str, Any]:
    """The name and the port of a part within the cluster; a headless one stands for its pod."""
    ports = [{"name": named, "port": port, "targetPort": named, "protocol": "TCP"}]
    kind = {"clusterIP": "None"} if headless else {"type": "ClusterIP"}
    return resource("Service", part, {**kind, "selector": labels(part), "ports": ports})


def policies() -> list[dict[str, Any]]:
    """Nothing for the product's pods, then what each of them needs. Other pods of the namespace are left alone."""
    database, api = ({"podSelector": selector(part)} for part in ("database", "api"))
    dns = {"to": _RESOLVERS, "ports": [{"port": _DNS, "protocol": protocol} for protocol in ("UDP", "TCP")]}
    return [
        resource("NetworkPolicy", "", {"podSelector": selector(), "policyTypes": ["Ingress", "Egress"]}, name=_NOTHING),
        _policy("database", [_ports(DATABASE_PORT) | {"from": [api]}], []),
        # Browsers come through whatever leads into the cluster, which only the cluster knows.
        _policy("api", [_ports(API_PORT)], [_ports(DATABASE_PORT) | {"to": [database]}, dns]),
        _policy("frontend", [_ports(FRONTEND_PORT)], [_ports(API_PORT) | {"to": [api]}, dns]),
    ]


def _policy(part: str, ingress: list[dict[str, Any]], egress: list[dict[str, Any]]) -> dict[str, Any]:
    spec = {"podSelector": selector(part), "policyTypes": ["Ingress", "Egress"]}
    return resource("NetworkPolicy", part, {**spec, "ingress": ingress, "egress": egress})


def _ports(port: int) -> dict[str, Any]:
    return {"ports": [{"port": port, "protocol": "TCP"}]}
