"""References of images, split and qualified."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.references import Address, Reference, address, parse

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


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("golang", Address("docker.io", "library/golang")),
        ("acme/shop:1.0", Address("docker.io", "acme/shop", "1.0")),
        (f"ghcr.io/acme/shop@{DIGEST}", Address("ghcr.io", "acme/shop", "", DIGEST)),
        (f"localhost:5000/a__b/c-d.e:1@{DIGEST}", Address("localhost:5000", "a__b/c-d.e", "1", DIGEST)),
        ("[::1]:5000/a:V_1", Address("[::1]:5000", "a", "V_1")),
    ],
)
def test_a_reference_is_split_in_full(reference: str, found: Address) -> None:
    """The registry as clients reach it, and what stands behind it."""
    assert address(reference) == found


@given(registries, paths, tags, digests)
def test_every_part_comes_out_of_it(registry: str, path: str, tag: str, digest: str) -> None:
    """Nothing is lost or added."""
    found = address(f"{registry}/{path}{tag}" + (f"@{digest}" if digest else ""))
    assert found == Address(registry, path, tag.removeprefix(":"), digest)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "ghcr.io/",
        "ghcr.io/Acme/shop",
        "ghcr.io/acme/shop:",
        "ghcr.io/acme/shop:-1",
        "ghcr.io/acme/shop:1:2",
        "ghcr.io/acme/shop@",
        "ghcr.io/acme/shop@sha256:0123",
        "ghcr.io/acme/shop@md5:" + "0" * 32,
        f"ghcr.io/acme/shop@{DIGEST}\n",
        "ghcr.io/../../token",
        "https://ghcr.io/acme/shop",
        "ann:word@ghcr.io/acme/shop",
        "ghcr.io:port/shop",
        "ghcr.io/" + "a" * 100 + "/" + "-" * 5000,
    ],
)
def test_what_is_no_reference_is_refused(reference: str) -> None:
    """Its parts become parts of an address: only what the specification allows may."""
    with pytest.raises(ValueError, match="is not a reference of an image; give it as registry/repository:tag or"):
        address(reference)
