"""Provenance says where an image comes from, the same at every build, and nothing that is secret."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.provenance import BUILD_TYPE, UNSIGNED, Build, public, statement
from pipeline.policy.versions import Stamp

HEX = "a" * 64
REVISION = "abc1234def5678901234567890123456789012ab"
BUILD = Build(
    app="shop",
    digest=f"sha256:{HEX}",
    url="https://github.com/acme/shop",
    path="services/shop",
    stamp=Stamp("1.2.3", REVISION, 1_700_000_000),
    platforms=["linux/arm64", "linux/amd64"],
    parameters={"title": "Shop"},
    secrets=["npm"],
    pins={"GO": f"golang:1.26@sha256:{HEX}"},
    key="k1",
    module="github.com/neurondb/NeuronIP@v1",
    images=[f"golang:1.26@sha256:{HEX}", f"gcr.io/distroless/static:nonroot@sha256:{HEX}", "busybox:1"],
)


def read(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of all types
    """The statement of a build, with changes by name."""
    found: dict[str, Any] = json.loads(statement(dataclasses.replace(BUILD, **changed)))
    return found


def test_a_statement_is_about_one_image() -> None:
    """In-toto and SLSA know it by these names."""
    found = read()
    assert (found["_type"], found["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://slsa.dev/provenance/v1",
    )
    assert found["subject"] == [{"name": "shop", "digest": {"sha256": HEX}}]


def test_a_build_is_defined_by_its_parameters() -> None:
    """What the caller chose stands apart from what the module brought."""
    found = read()["predicate"]["buildDefinition"]
    assert found["buildType"] == BUILD_TYPE
    assert found["externalParameters"] == {
        "source": {"url": "https://github.com/acme/shop", "revision": REVISION, "path": "services/shop"},
        "app": "shop",
        "platforms": ["linux/amd64", "linux/arm64"],
        "parameters": {"title": "Shop"},
        "secrets": ["npm"],
    }
    assert found["internalParameters"] == {"pins": dict(BUILD.pins), "key": "k1", "module": BUILD.module}


def test_dependencies_are_what_a_digest_fixes() -> None:
    """The commit, then the images by name; a tag alone fixes nothing."""
    assert read()["predicate"]["buildDefinition"]["resolvedDependencies"] == [
        {"uri": "git+https://github.com/acme/shop", "digest": {"gitCommit": REVISION}},
        {
            "name": "docker.io/library/golang:1.26",
            "uri": f"pkg:docker/golang@sha256:{HEX}",
            "digest": {"sha256": HEX},
        },
        {
            "name": "gcr.io/distroless/static:nonroot",
            "uri": f"pkg:docker/distroless/static@sha256:{HEX}?repository_url=gcr.io",
            "digest": {"sha256": HEX},
        },
    ]


def test_changed_files_are_said_of_the_commit() -> None:
    """Nobody can build them from it again."""
    (source, *_) = read(stamp=Stamp("1.2.4-dev.1+gabc1234.dirty", REVISION))["predicate"]["buildDefinition"][
        "resolvedDependencies"
    ]
    assert source["annotations"] == {"dirty": True}


def test_what_is_not_known_is_left_out() -> None:
    """A folder without a repository and without a digest has no dependencies at all."""
    found = json.loads(statement(Build(app="shop", digest=BUILD.digest, stamp=Stamp())))["predicate"]
    assert found == {
        "buildDefinition": {"buildType": BUILD_TYPE, "externalParameters": {"app": "shop"}},
        "runDetails": {"builder": {"id": UNSIGNED}},
    }


def test_the_builder_is_nobody_unless_it_is_said() -> None:
    """A laptop signs nothing; a workflow says who it is, and which run it was."""
    assert read()["predicate"]["runDetails"] == {
        "builder": {"id": "https://github.com/neurondb/NeuronIP/pipeline#unsigned"}
    }
    workflow = "https://github.com/acme/shop/.github/workflows/publish.yml@refs/heads/main"
    found = read(builder=workflow, builder_version={"pipeline": "0.1.0"}, invocation="https://run/1")
    assert found["predicate"]["runDetails"] == {
        "builder": {"id": workflow, "version": {"pipeline": "0.1.0"}},
        "metadata": {"invocationId": "https://run/1"},
    }


@given(st.permutations(BUILD.images), st.permutations(BUILD.platforms), st.integers(min_value=0, max_value=2**33))
def test_order_and_time_change_no_byte(images: list[str], platforms: list[str], time: int) -> None:
    """Nor do images that are named twice."""
    stamp = dataclasses.replace(BUILD.stamp, time=time)
    same = dataclasses.replace(BUILD, images=images * 2, platforms=platforms, stamp=stamp)
    assert statement(same) == statement(BUILD)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://github.com/acme/shop", "https://github.com/acme/shop"),
        ("https://me:word@github.com/acme/shop.git?token=word#word", "https://github.com/acme/shop.git"),
        ("https://word@git.acme.example:8443/shop", "https://git.acme.example:8443/shop"),
        ("https://me:wo@rd#word@github.com/acme", "https://github.com/acme"),
        ("me:word@github.com/acme", "github.com/acme"),
        ("git@github.com:acme/shop.git", "ssh://github.com/acme/shop.git"),
        ("git@acme.example:/srv/shop.git", "ssh://acme.example/srv/shop.git"),
        ("/srv/shop.git", "/srv/shop.git"),
        ("", ""),
    ],
)
def test_addresses_are_shown_without_logins(url: str, shown: str) -> None:
    """A clone in CI carries its token in the address of the remote."""
    assert public(url) == shown
    assert b"word" not in statement(dataclasses.replace(BUILD, url=url))


@pytest.mark.parametrize("digest", ["", HEX, "sha256:abc", f"sha512:{HEX}"])
def test_a_statement_needs_a_digest(digest: str) -> None:
    """It would be about nothing."""
    with pytest.raises(ValueError, match="the provenance of shop is to speak of, is no SHA-256"):
        read(digest=digest)


def test_a_statement_needs_a_builder() -> None:
    """SLSA requires its name."""
    with pytest.raises(ValueError, match="names no builder; who does not sign is https"):
        read(builder="")
