"""References of images, split and qualified."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.references import Reference, parse

DIGEST = "sha256:" + "0123456789abcdef" * 4

words = st.from_regex(r"[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?", fullmatch=True)
registries = st.sampled_from(["ghcr.io", "localhost", "localhost:5000", "registry.example.com:443"])
paths = st.lists(words, min_size=1, max_size=3).map("/".join)
tags = st.just("") | words.map(":{}".format)
digests = st.sampled_from(["", DIGEST])


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("golang:1.26", "docker.io/library/golang:1.26"),
        ("golang", "docker.io/library/golang"),
        ("aquasec/trivy:0.75.0", "docker.io/aquasec/trivy:0.75.0"),
        ("gcr.io/distroless/static:nonroot", "gcr.io/distroless/static:nonroot"),
        ("localhost/a:1", "localhost/a:1"),
        ("localhost:5000/a/b:1", "localhost:5000/a/b:1"),
    ],
)
def test_a_name_is_qualified_as_docker_does_it(address: str, name: str) -> None:
    """A first part without a dot or a port is no registry."""
    assert parse(address) == Reference(name)
    assert parse(f"{address}@{DIGEST}") == Reference(name, DIGEST)


@given(registries, paths, tags, digests)
def test_a_qualified_name_stays_as_it_is(registry: str, path: str, tag: str, digest: str) -> None:
    """Name and digest come out as they went in."""
    name = f"{registry}/{path}{tag}"
    assert parse(f"{name}@{digest}" if digest else name) == Reference(name, digest)


@given(paths, tags)
def test_qualifying_twice_changes_nothing(path: str, tag: str) -> None:
    """Whatever is parsed once is qualified for good."""
    once = parse(path + tag).name
    assert parse(once).name == once
    assert once.endswith(f"{path}{tag}")
    assert "." in once.split("/")[0]


@given(st.text())
def test_no_text_makes_the_parser_raise(address: str) -> None:
    """The engine judges what a reference is worth; here it is only split."""
    assert parse(address).name


def test_the_same_image_has_one_name() -> None:
    """Docker Hub's own images are known with and without the registry's name."""
    assert parse("docker.io/golang:1.26") == parse("golang:1.26")
