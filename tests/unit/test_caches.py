"""Names of the caches that a registry keeps."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.caches import cache_tags

VOLUMES = {"/go/pkg/mod": "pipeline-go-mod"}


def test_caches_have_a_name_for_the_lock_files_and_one_for_the_toolchain() -> None:
    """Both are tags of the application."""
    exact, near = cache_tags("api", ["golang:1"], VOLUMES, "sha256:1")
    assert re.fullmatch(r"cache-api-[0-9a-f]{16}", exact)
    assert re.fullmatch(r"cache-api-[0-9a-f]{16}", near)
    assert exact != near


def test_other_lock_files_share_the_name_of_the_toolchain_alone() -> None:
    """A dependency more leaves most of what compilers keep as it is."""
    exact, near = cache_tags("api", ["golang:1"], VOLUMES, "sha256:1")
    other, same = cache_tags("api", ["golang:1"], VOLUMES, "sha256:2")
    assert (other != exact, same) == (True, near)


@given(st.sampled_from(["golang:1", "golang:2"]), st.sampled_from([VOLUMES, {}, VOLUMES | {"/x": "x"}]))
def test_another_toolchain_or_other_volumes_have_no_name_in_common(image: str, volumes: dict[str, str]) -> None:
    """What another compiler left is of no use, and a folder that is not there would fail."""
    known = set(cache_tags("api", ["golang:1"], VOLUMES, "sha256:1"))
    same = (image, volumes) == ("golang:1", VOLUMES)
    assert bool(known & set(cache_tags("api", [image], volumes, "sha256:1"))) == same
