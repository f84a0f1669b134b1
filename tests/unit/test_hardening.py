"""What may not be in a file that deploys something."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.policy import bundle as bundles
from pipeline.policy.bundle import bundle
from pipeline.policy.hardening import problems

from .test_deployment import DEPLOYED

FILES = bundle(DEPLOYED)
DIGEST = f"sha256:{'a' * 64}"


def changed(name: str, old: str, new: str) -> list[str]:
    """The problems of a file after a change."""
    assert re.search(old, FILES[name], re.MULTILINE)
    return problems(re.sub(old, new, FILES[name], count=1, flags=re.MULTILINE))


def pod(**container: Any) -> str:  # noqa: ANN401 - YAML
    """A pod, as it is where a Deployment has none."""
    spec = {
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532},
        "containers": [{"name": "shop", **container}],
    }
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "till"}, "spec": spec})


@pytest.mark.parametrize("name", FILES)
def test_what_is_rendered_has_no_problem(name: str) -> None:
    """Each of the three files."""
    assert problems(FILES[name]) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            r"neuronip/api@sha256:a{64}",
            "neuronip/api:1.2.3",
            "api runs ghcr.io/acme/neuronip/api:1.2.3, which has no digest",
        ),
        (r"neuronip/api@", "neuronip/api:latest@", "latest names no version"),
        (r"    image: ghcr.*api.*\n", "", "api: '' is not a reference of an image"),
        (
            r"    user: 65532:65532\n",
            "",
            "api runs as whoever its image says; give the number of a user that is not root",
        ),
        (r"user: 65532:65532", "user: '0'", "api runs as '0'"),
        (r"user: 65532:65532", "user: root", "api runs as 'root'"),
        (r"read_only: true", "read_only: false", "database can write to its root file system; say read_only: true"),
        (r"    read_only: true\n", "", "database can write to its root file system"),
    ],
)
def test_a_service_has_to_be_hardened(old: str, new: str, said: str) -> None:
    """The sentence says which service, what is wrong, and what to write."""
    (found,) = changed("compose.yaml", old, new)
    assert said in found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            r"neuronip/api@sha256:a{64}",
            "neuronip/api",
            "Deployment neuronip-api: api runs ghcr.io/acme/neuronip/api, which",
        ),
        (r"        runAsUser: 70\n", "", "StatefulSet neuronip-database: database may run as root"),
        (r"        runAsUser: 70", "        runAsUser: 0", "StatefulSet neuronip-database: database may run as root"),
        (
            r"          runAsNonRoot: true",
            "          runAsNonRoot: false",
            "database may run as root; say runAsNonRoot: true",
        ),
        (r"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "say readOnlyRootFilesystem: true"),
    ],
)
def test_a_container_has_to_be_hardened(old: str, new: str, said: str) -> None:
    """In whatever object its pod is; what it says itself counts more than what its pod says."""
    (found,) = changed("kubernetes.yaml", old, new)
    assert said in found


def test_what_the_pod_says_counts_for_its_containers() -> None:
    """But for the file system, which only a container can say."""
    image = f"ghcr.io/acme/shop@{DIGEST}"
    assert problems(pod(image=image, securityContext={"readOnlyRootFilesystem": True})) == []
    assert problems(pod(image=image)) == [
        "Pod till: shop can write to its root file system; say readOnlyRootFilesystem: true"
    ]


@pytest.mark.parametrize("kind", ["initContainers", "ephemeralContainers"])
def test_containers_of_every_kind_are_looked_at(kind: str) -> None:
    """Also in a CronJob, which has its pod deeper."""
    job = {"template": {"spec": {"containers": [], kind: [{"name": "setup", "image": "busybox"}]}}}
    text = yaml.safe_dump({"kind": "CronJob", "metadata": {"name": "tidy"}, "spec": {"jobTemplate": {"spec": job}}})
    assert [found.partition(";")[0] for found in problems(text)] == [
        "CronJob tidy: setup runs busybox, which has no digest",
        "CronJob tidy: setup may run as root",
        "CronJob tidy: setup can write to its root file system",
    ]


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (
            {"repository": "ghcr.io/acme/api", "tag": "1.2.3"},
            "api.image runs ghcr.io/acme/api:1.2.3, which has no digest",
        ),
        ({"repository": "ghcr.io/acme/api", "tag": "latest", "digest": DIGEST}, "latest names no version"),
        ({"digest": DIGEST}, "is not a reference of an image"),
    ],
)
def test_values_name_images_by_digest(image: dict[str, str], said: str) -> None:
    """Under whatever they lie."""
    (found,) = problems(yaml.safe_dump({"api": {"image": image}}))
    assert said in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it names no image, so there is nothing to deploy"),
        ("---\n---\n", "it names no image"),
        ("kind: Service\n", "it names no image"),
        ("services: {}\n", "it names no image"),
        ("a: [", "it is no YAML: "),
        ("- a\n", "a document of it is no mapping"),
        (FILES["compose.yaml"] + "---\n- a\n", "a document of it is no mapping"),
        ("kind: Pod\nspec: {containers: []}\n", "it names no image"),
        ("services: [a]\n", "it names no image"),
        ("services:\n  api: shop\n", "api: '' is not a reference of an image"),
    ],
)
def test_a_file_that_says_nothing_is_not_taken_for_a_good_one(text: str, said: str) -> None:
    """An empty file, another one, or none at all."""
    assert problems(text)[0].startswith(said)


KEYS = ["services", "kind", "spec", "containers", "initContainers", "image", "securityContext", "a"]


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    )
)
@example({"kind": "Pod", "spec": {"containers": [1], "initContainers": 1, "securityContext": 1}})
@example({"services": {"a": 1}})
@example({"services": 1})
@example({"a": {"image": {"tag": 1}}})
def test_any_document_is_judged(content: Any) -> None:  # noqa: ANN401 - YAML
    """Whatever it holds, it is told in sentences, and never fine by chance."""
    found = problems(yaml.safe_dump(content))
    assert found
    assert all(found)


def test_a_bundle_with_a_problem_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the file and the problem."""
    monkeypatch.setattr(bundles, "problems", lambda text: ["api runs as root"] if "services:" in text else [])
    with pytest.raises(ValueError, match=r"^the files to deploy 1.2.3 are not .*: compose.yaml: api runs as root$"):
        bundle(DEPLOYED)
