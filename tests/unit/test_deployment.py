"""The files by which a release is deployed, held against the schemas of who reads them."""

import dataclasses
import functools
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline import pins
from pipeline.policy.bundle import FILES, bundle
from pipeline.policy.deployment import Deployed

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
REVISION = "90b87ddbcab67bf9f0e7bb6d80fb7e54ea282bb8"
DEPLOYED = Deployed(
    api=f"ghcr.io/acme/neuronip/api@{A}",
    frontend=f"ghcr.io/acme/neuronip/frontend@{B}",
    postgres=pins.POSTGRES,
    version="1.2.3",
    revision=REVISION,
)
CHOSEN = {
    "annotations",
    "matchLabels",
    "services",
    "environment",
    "depends_on",
    "networks",
    "volumes",
    "requests",
    "limits",
}
"""Fields whose own fields have names that somebody chose."""

COMPOSE = jsonschema.Draft202012Validator(
    json.loads(files("check_jsonschema.builtin_schemas.vendor").joinpath("compose-spec.json").read_text("utf-8"))
)
OLDEST, NEWEST = "1.30", "1.37"


@functools.cache
def api(version: str) -> dict[str, Any]:
    """The objects of a version of Kubernetes, with no fields but those that they have."""
    name = f"kubernetes-json-schema/v{version}.0-local-strict/_definitions.json"
    found: dict[str, Any] = json.loads(files("kubernetes_validate").joinpath(name).read_text("utf-8"))
    return found


@functools.cache
def schema(kind: str, api_version: str, version: str) -> jsonschema.Draft202012Validator:
    """The schema of one kind."""
    group, _, of = api_version.rpartition("/")
    wanted = {"group": group, "kind": kind, "version": of}
    (name,) = [
        name
        for name, found in api(version)["$defs"].items()
        if wanted in found.get("x-kubernetes-group-version-kind", [])
    ]
    return jsonschema.Draft202012Validator(api(version) | {"$ref": f"#/$defs/{name}"})


@functools.cache
def compose(deployed: Deployed = DEPLOYED) -> dict[str, Any]:
    """The compose file as Compose reads it."""
    found: dict[str, Any] = yaml.safe_load(bundle(deployed)["compose.yaml"])
    return found


@functools.cache
def kubernetes(deployed: Deployed = DEPLOYED) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects by kind and name."""
    documents = yaml.safe_load_all(bundle(deployed)["kubernetes.yaml"])
    return {(document["kind"], document["metadata"]["name"]): document for document in documents}


def pods() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each pod with its one container."""
    for (kind, _), document in kubernetes().items():
        if kind in {"Deployment", "StatefulSet"}:
            pod = document["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            yield pod, container


def misspelt(content: Any, chosen: bool = False) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - YAML
    """The document once for each of its fields, with that one misspelt."""
    if isinstance(content, dict):
        for key, value in content.items():
            if not chosen and "/" not in key:
                yield key, {f"{name}s" if name == key else name: below for name, below in content.items()}
            for named, changed in misspelt(value, key in CHOSEN):
                yield f"{key}.{named}", content | {key: changed}
    elif isinstance(content, list):
        for number, value in enumerate(content):
            for named, changed in misspelt(value):
                yield f"{number}.{named}", [*content[:number], changed, *content[number + 1 :]]


def test_compose_reads_the_compose_file() -> None:
    """By the schema of the specification."""
    COMPOSE.validate(compose())


def test_a_misspelt_field_of_the_compose_file_would_be_found() -> None:
    """Each in turn, so that the test above means something."""
    changed = dict(misspelt(compose()))
    assert "services.api.healthcheck.start_period" in changed
    assert [name for name, each in changed.items() if COMPOSE.is_valid(each)] == []


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_reads_each_object(version: str) -> None:
    """By the schemas of its API, those of the oldest version that the file is for and of the newest."""
    for document in kubernetes().values():
        schema(document["kind"], document["apiVersion"], version).validate(document)


@pytest.mark.parametrize("place", sorted(kubernetes()))
def test_a_misspelt_field_of_an_object_would_be_found(place: tuple[str, str]) -> None:
    """Each in turn; the names in a Service's selector are labels."""
    document = kubernetes()[place]
    validator = schema(document["kind"], document["apiVersion"], NEWEST)
    assert [name for name, each in misspelt(document) if validator.is_valid(each)] == []


def test_every_image_is_named_by_its_digest_alone() -> None:
    """With its registry: some runtimes take neither a short name nor a tag beside a digest."""
    postgres = f"docker.io/library/postgres@{pins.POSTGRES.partition('@')[2]}"
    expected = {postgres, f"ghcr.io/acme/neuronip/api@{A}", f"ghcr.io/acme/neuronip/frontend@{B}"}
    assert {service["image"] for service in compose()["services"].values()} == expected
    assert {container["image"] for _, container in pods()} == expected


def test_values_split_each_image() -> None:
    """Repository, tag and digest, as charts want them; a database without a tag has none."""
    found = yaml.safe_load(bundle(DEPLOYED)["values.yaml"])
    assert found["api"]["image"] == {"repository": "ghcr.io/acme/neuronip/api", "tag": "1.2.3", "digest": A}
    assert found["frontend"]["image"]["digest"] == B
    assert found["postgres"]["image"]["repository"] == "docker.io/library/postgres"
    assert found["postgres"]["image"]["tag"].startswith("17.")
    bare = dataclasses.replace(DEPLOYED, postgres=f"registry.example.com/postgres@{A}")
    assert "tag" not in yaml.safe_load(bundle(bare)["values.yaml"])["postgres"]["image"]


def test_the_files_say_what_they_are() -> None:
    """Version, revision, the tag that a digest was taken from, and how to use them, before all that counts."""
    for text in bundle(DEPLOYED).values():
        comment = text.partition("---\n")[0]
        assert all(line.startswith("#") for line in comment.splitlines())
        assert f"NeuronIP 1.2.3, revision {REVISION}" in comment
        assert f"postgres: docker.io/library/{pins.POSTGRES.partition('@')[0]}" in comment
    assert "docker compose --file compose.yaml up" in bundle(DEPLOYED)["compose.yaml"]
    assert "kubectl apply --filename kubernetes.yaml" in bundle(DEPLOYED)["kubernetes.yaml"]


def test_a_release_of_an_unknown_commit_says_none() -> None:
    """Neither in the comment nor in annotations."""
    bare = dataclasses.replace(DEPLOYED, revision="")
    assert not [text for text in bundle(bare).values() if "revision" in text]
    assert "annotations" not in kubernetes(bare)["Service", "neuronip-api"]["metadata"]


def test_the_same_release_has_the_same_bytes() -> None:
    """Nothing is in them but the release; no anchors either, which people read badly."""
    first = bundle(DEPLOYED)
    assert tuple(first) == FILES == ("compose.yaml", "kubernetes.yaml", "values.yaml")
    assert bundle(dataclasses.replace(DEPLOYED)) == first
    assert not [text for text in first.values() if re.search(r"[&*]id\d", text)]


def test_no_password_is_in_the_files() -> None:
    """Compose asks for it, and Kubernetes has a Secret; there is no default."""
    services = compose()["services"]
    given = services["database"]["environment"]["POSTGRES_PASSWORD"]
    assert given == services["api"]["environment"]["DB_PASSWORD"]
    assert re.fullmatch(r"\$\{NEURONIP_DB_PASSWORD:\?[^}]+\}", given)
    secrets = [each for _, container in pods() for each in container["env"] if "PASSWORD" in each["name"]]
    assert {each["name"] for each in secrets} == {"POSTGRES_PASSWORD", "DB_PASSWORD"}
    assert {str(each["valueFrom"]) for each in secrets} == {
        "{'secretKeyRef': {'name': 'neuronip-database', 'key': 'password'}}"
    }
    assert not [kind for kind, _ in kubernetes() if kind in {"Secret", "Namespace"}]


def test_what_belongs_to_an_installation_is_not_overwritten() -> None:
    """The addresses that browsers see come from a ConfigMap that is not in the file."""
    references = [
        each["valueFrom"]["configMapKeyRef"]
        for _, container in pods()
        for each in container["env"]
        if "configMapKeyRef" in each.get("valueFrom", {})
    ]
    assert references == [{"name": "neuronip", "key": "url"}, {"name": "neuronip", "key": "api-url"}]
    assert not [kind for kind, _ in kubernetes() if kind == "ConfigMap"]


def test_only_what_a_person_opens_is_published() -> None:
    """On the loopback; the database is on a network that leads nowhere."""
    services = compose()["services"]
    assert {name: service.get("ports") for name, service in services.items()} == {
        "database": None,
        "api": ["127.0.0.1:8082:8082"],
        "frontend": ["127.0.0.1:3000:3000"],
    }
    assert services["database"]["networks"] == ["database"]
    assert services["frontend"]["networks"] == ["web"]
    assert compose()["networks"]["database"] == {"internal": True}


def test_services_have_limits_and_no_rights() -> None:
    """Whichever they are."""
    for service in compose()["services"].values():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
        assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
        assert service["read_only"] is True
        assert service["healthcheck"]["test"][0] == "CMD", "there is no shell in the images"
    assert compose()["services"]["api"]["user"] == compose()["services"]["frontend"]["user"] == "65532:65532"


def test_each_service_waits_for_what_it_needs() -> None:
    """Until that is healthy."""
    services = compose()["services"]
    assert services["api"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["frontend"]["depends_on"] == {"api": {"condition": "service_healthy"}}


def test_pods_meet_the_restricted_standard() -> None:
    """Pod Security Standards, restricted; and more: nothing to write to, no token, no variables of other Services."""
    for pod, container in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} == set(container["resources"]["limits"]) == set(container["resources"]["requests"])
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()


def test_an_api_without_its_database_is_alive_and_not_ready() -> None:
    """Starting it anew would not help; sending it requests would not either."""
    (api,) = [container for _, container in pods() if container["name"] == "api"]
    paths = {name: api[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/health", "liveness": "/health", "readiness": "/ready"}


def test_the_database_can_write_where_it_has_to() -> None:
    """Its files, its socket, and what its processes share; in a folder of its own below the volume."""
    claim = kubernetes()["StatefulSet", "neuronip-database"]["spec"]
    (database,) = claim["template"]["spec"]["containers"]
    mounts = {each["mountPath"]: each["name"] for each in database["volumeMounts"]}
    given = {each["name"] for each in claim["template"]["spec"]["volumes"]}
    given |= {each["metadata"]["name"] for each in claim["volumeClaimTemplates"]}
    assert set(mounts) == {"/var/lib/postgresql/data", "/var/run/postgresql", "/tmp", "/dev/shm"}  # noqa: S108
    assert set(mounts.values()) == given
    folder = {each["name"]: each.get("value") for each in database["env"]}["PGDATA"]
    assert folder == compose()["services"]["database"]["environment"]["PGDATA"] == "/var/lib/postgresql/data/pgdata"


def test_what_kubernetes_cannot_change_says_no_version() -> None:
    """Selectors and claims are fixed for good; the database is not started anew for a release of the rest."""
    for (kind, name), document in kubernetes().items():
        assert document["metadata"]["labels"]["app.kubernetes.io/version"] == "1.2.3", name
        if kind in {"Deployment", "StatefulSet"}:
            labels = document["spec"]["template"]["metadata"]["labels"]
            assert document["spec"]["selector"]["matchLabels"].items() <= labels.items()
            assert "version" not in str(document["spec"]["selector"])
    other = dataclasses.replace(DEPLOYED, version="1.3.0", revision="abcdef0")
    before, after = (kubernetes(each)["StatefulSet", "neuronip-database"]["spec"] for each in (DEPLOYED, other))
    assert before == after


def test_services_and_policies_find_their_pods() -> None:
    """By labels that the pods have, and by ports that they open."""
    objects = kubernetes()
    for part, port in (("database", 5432), ("api", 8082), ("frontend", 3000)):
        kind = "StatefulSet" if part == "database" else "Deployment"
        pod = objects[kind, f"neuronip-{part}"]["spec"]["template"]
        labels = pod["metadata"]["labels"]
        (opened,) = pod["spec"]["containers"][0]["ports"]
        service = objects["Service", f"neuronip-{part}"]["spec"]
        policy = objects["NetworkPolicy", f"neuronip-{part}"]["spec"]
        everything = objects["NetworkPolicy", "neuronip-default-deny"]["spec"]
        assert service["selector"].items() <= labels.items()
        assert (service["ports"][0]["targetPort"], service["ports"][0]["port"]) == (opened["name"], port)
        assert opened["containerPort"] == port
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()
        assert everything["podSelector"]["matchLabels"].items() <= labels.items()
        assert [each["ports"] for each in policy["ingress"]] == [[{"port": port, "protocol": "TCP"}]]


def test_nothing_is_allowed_that_is_not_needed() -> None:
    """The database is reached by the API alone and reaches nothing; the front end reaches the API and names."""
    policies = {name: document["spec"] for (kind, name), document in kubernetes().items() if kind == "NetworkPolicy"}
    assert policies["neuronip-default-deny"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "neuronip"}},
        "policyTypes": ["Ingress", "Egress"],
    }
    (to_database,) = policies["neuronip-database"]["ingress"]
    assert [each["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for each in to_database["from"]] == [
        "api"
    ]
    assert policies["neuronip-database"]["egress"] == []
    egress = {
        name: {port["port"] for each in spec.get("egress", []) for port in each["ports"]}
        for name, spec in policies.items()
    }
    assert egress["neuronip-api"] == {5432, 53}
    assert egress["neuronip-frontend"] == {8082, 53}
    assert all("to" in each for spec in policies.values() for each in spec.get("egress", []))


def test_parts_find_each_other() -> None:
    """By the names that Compose and Kubernetes give to them."""
    services = compose()["services"]
    assert services["api"]["environment"]["DB_HOST"] in services
    assert services["frontend"]["environment"]["API_INTERNAL_URL"] == "http://api:8082"
    values = {each["name"]: each.get("value") for _, container in pods() for each in container["env"]}
    assert ("Service", values["DB_HOST"]) in kubernetes()
    assert values["API_INTERNAL_URL"] == "http://neuronip-api:8082"


def test_browsers_may_call_the_api_from_either_name_of_this_machine() -> None:
    """Origins are compared as text."""
    origins = compose()["services"]["api"]["environment"]["CORS_ALLOWED_ORIGINS"]
    assert origins == "${NEURONIP_URL:-http://localhost:3000,http://127.0.0.1:3000}"


@given(st.from_regex(r"[1-9]\.0\.0(-rc\.[1-9])?(\+[a-z]{1,80})?", fullmatch=True))
def test_any_version_is_a_label(version: str) -> None:
    """63 characters at most, and no plus sign."""
    label = dataclasses.replace(DEPLOYED, version=version).label
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", label)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"api": "ghcr.io/acme/api:1.2.3"}, "ghcr.io/acme/api:1.2.3 is to be deployed and has no digest; name it as"),
        ({"frontend": "https://example.com"}, "is not a reference of an image"),
        ({"postgres": "postgres:17"}, "postgres:17 is to be deployed and has no digest"),
        ({"version": "latest"}, "'latest' is to be deployed and is no version"),
        ({"version": "1.2.3\n- x"}, "is no version"),
        ({"revision": "main\nx: y"}, "is no commit; give its hash, or leave it out"),
        ({"postgres_user": 0}, "the database would run as user 0; give the number of one that is not root"),
    ],
)
def test_what_would_be_another_one_tomorrow_is_refused(change: dict[str, Any], said: str) -> None:
    """A tag, a name of a branch, or text that is none of these."""
    with pytest.raises(ValueError, match=said):
        dataclasses.replace(DEPLOYED, **change)


def test_another_database_image_may_have_another_user() -> None:
    """Debian's images give 999 to it."""
    other = dataclasses.replace(DEPLOYED, postgres_user=999)
    assert compose(other)["services"]["database"]["user"] == "999:999"
    assert "uid=999,gid=999" in compose(other)["services"]["database"]["tmpfs"][1]
    pod = kubernetes(other)["StatefulSet", "neuronip-database"]["spec"]["template"]["spec"]
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["fsGroup"]) == (999, 999)
