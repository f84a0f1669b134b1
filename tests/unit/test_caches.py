"""Names of the caches that a registry keeps."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.caches import Tags, cache_tags, has_credentials

MODULES = "pipeline-go-mod"


def test_caches_have_a_name_for_the_lock_files_and_one_for_the_toolchain() -> None:
    """Both are tags of the application that say what is kept."""
    tags = cache_tags("api", MODULES, ["golang:1"], "sha256:1")
    assert re.fullmatch(r"cache-api-go-mod-[0-9a-f]{16}", tags.exact)
    assert re.fullmatch(r"cache-api-go-mod-[0-9a-f]{16}", tags.near)
    assert tags.exact != tags.near


def test_other_lock_files_share_the_name_of_the_toolchain_alone() -> None:
    """A dependency more leaves most of what compilers keep as it is."""
    tags = cache_tags("api", MODULES, ["golang:1"], "sha256:1")
    other = cache_tags("api", MODULES, ["golang:1"], "sha256:2")
    assert (other.exact != tags.exact, other.near) == (True, tags.near)


@given(st.sampled_from(["golang:1", "golang:2"]), st.sampled_from([MODULES, "pipeline-npm"]))
def test_another_toolchain_and_another_volume_have_no_name_in_common(image: str, kept: str) -> None:
    """What another compiler left is of no use, and modules are no packages."""

    def names(tags: Tags) -> set[str]:
        return {tags.exact, tags.near}

    known = names(cache_tags("api", MODULES, ["golang:1"], "sha256:1"))
    same = (image, kept) == ("golang:1", MODULES)
    assert bool(known & names(cache_tags("api", kept, [image], "sha256:1"))) == same


@pytest.mark.parametrize(
    ("npmrc", "secret"),
    [
        ("omit-lockfile-registry-resolved=true\nfund=false\n@acme:registry=https://npm.example.com\n", False),
        ("//npm.example.com/:_authToken=x", True),
        ("//npm.example.com/:_password=x", True),
        ("//npm.example.com/:keyfile=x", True),
        ("proxy=http://me:x@proxy.example.com", True),
    ],
)
def test_credentials_in_a_configuration_of_npm_are_found(npmrc: str, secret: bool) -> None:
    """Under the names that npm gives them, and in addresses."""
    assert has_credentials(npmrc) == secret
