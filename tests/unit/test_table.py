"""Tables for a terminal, and what tools print into them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.text import clean
from pipeline.report.table import megabytes, table

# What tools print, and worse: text with escape sequences, whole and torn.
noise = st.sampled_from(
    [
        "\x1b[31m",
        "\x1b[0K",
        "\x1b]0;t\x07",
        "\x1b]8;;u\x1b\\",
        "\x1b[",
        "\x1b",
        "\x9b2J",
        "\r",
        "\x00",
        "\u202e",
        "\u2066",
    ]
)
# U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069: what turns text round, or ends a line where none ends.
TURNS = [chr(code) for code in (0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))]
texts = st.lists(st.text(max_size=8) | noise, max_size=6).map("".join)
grids = st.integers(min_value=1, max_value=4).flatmap(
    lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), min_size=1, max_size=5)
)


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("\x1b[1;31merror\x1b[0m: x", "error: x"),
        ("\x1b]0;title\x07a", "a"),
        ("\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("50%\r100%\x08", "50%100%"),
        ("line\n\ttab", "line\n\ttab"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("api\u202egnp.exe\u202c", "apignp.exe"),
        ("a\u2028b\u2029c", "abc"),
        ("\u2066a\u2069 \u200eb\u200f", "a b"),
        ("café 日本 \N{CHECK MARK}", "café 日本 \N{CHECK MARK}"),
    ],
)
def test_what_a_tool_printed_is_fit_for_a_terminal(dirty: str, shown: str) -> None:
    """Colours, titles, links, cursor moves and changes of direction go; words, newlines and tabs stay."""
    assert clean(dirty) == shown


@given(texts)
def test_no_control_character_is_ever_left(text: str) -> None:
    """However sequences are torn or nested, none comes out whole; cleaning twice changes nothing."""
    shown = clean(text)
    assert not [c for c in shown if (unicodedata.category(c) == "Cc" and c not in "\n\t") or c in TURNS]
    assert clean(shown) == shown


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=TURNS)))
def test_words_stay_as_they_are(text: str) -> None:
    """Whatever holds no control character is left alone."""
    assert clean(text) == text


def test_columns_stand_under_their_headers() -> None:
    """Two spaces between columns, figures to the right, no blanks at the end, "-" for nothing."""
    shown = table(["NAME", "SIZE", "BASE"], [["api", "8 MB", "static"], ["frontend", "110 MB", ""]], right=[1])
    assert shown == ("NAME        SIZE  BASE\napi         8 MB  static\nfrontend  110 MB  -\n")


@given(grids)
def test_a_cell_can_neither_break_nor_forge_a_line(grid: list[list[str]]) -> None:
    """A line a row, and every cell at its column, whatever is in them."""
    lines = table(grid[0], grid[1:], right=[0]).removesuffix("\n").split("\n")
    shown = [[" ".join(clean(cell).split()) or "-" for cell in row] for row in grid]
    widths = [max(len(row[i]) for row in shown) for i in range(len(grid[0]))]
    assert len(lines) == len(grid)
    for line, row in zip(lines, shown, strict=True):
        start = 0
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            slot = line[start : start + width]
            assert slot == (cell.rjust(width) if number == 0 else cell.ljust(width)[: len(slot)])
            assert not line[start + width : start + width + 2].strip()
            start += width + 2


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0.0 MB"), (49_999, "0.0 MB"), (50_001, "0.1 MB"), (10**9, "1000.0 MB")]
)
def test_sizes_are_decimal_megabytes(size: int, shown: str) -> None:
    """10^6 bytes, as registries count."""
    assert megabytes(size) == shown
