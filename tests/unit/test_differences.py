"""What differs between two builds, in words."""

import pytest

from pipeline.report.differences import Difference


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("type", "/a is a 1 the first time and a 2 the second"),
        ("target", "/a leads to 1 the first time and to 2 the second"),
        ("device", "/a is device 1 the first time and 2 the second"),
        ("owner", "/a belongs to 1 the first time and to 2 the second"),
        ("mode", "/a has mode 1 the first time and 2 the second"),
        ("size", "/a has 1 the first time and 2 the second"),
        ("content", "/a has the same size and another content, from 1 on"),
        ("time", "all files are the same but for their times: /a is of 1 the first time and 2 the second"),
        ("config", "the files are the same and the image config is not: /a is 1 the first time and 2 the second"),
        ("presence", "/a is there the first time only"),
    ],
)
def test_a_difference_is_a_sentence_that_names_both_sides(what: str, said: str) -> None:
    """And the path, which a table shows, too."""
    found = Difference(path="/a", what=what, first="1", second="2")
    assert (found.sentence, found.brief) == (said, f"{what} (/a)")


def test_what_only_the_second_build_has_is_said_to_be_so() -> None:
    """Nothing stands on the other side."""
    assert Difference(path="/a", what="presence", second="there").sentence == "/a is there the second time only"


def test_layers_may_differ_where_no_file_does() -> None:
    """What a later layer deletes is seen by nobody, and is part of the image all the same."""
    found = Difference(what="layers")
    assert found.sentence.startswith("the layers differ and the files that a container sees do not")
    assert found.brief == "layers"
