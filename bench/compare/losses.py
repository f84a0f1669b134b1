"""Where the module takes more."""

from bench.compare import tables
from bench.compare.cases import Kind
from bench.compare.results import Results
from bench.compare.tables import Row, by_bytes, by_seconds, in_bytes, in_seconds


def sentences(results: Results) -> list[str]:
    """A sentence for each case in which the module takes more time, or pushes more."""
    found = [_slower(row) for row in _timed(results) if row.lost]
    found += [
        f"{_sentence(_where(row))}, with what comes before: {in_seconds(ours)}, where BuildKit takes "
        f"{in_seconds(theirs)}."
        for row, theirs, ours in tables.with_before(results)
        if ours > theirs and not row.lost
    ]
    found += [
        f"{_sentence(row.case.title)}: {in_bytes(row.module.median)}, where BuildKit pushes "
        f"{in_bytes(row.buildkit.median)}."
        for row in tables.rows(results, tables.of_kind(Kind.PUSH, platforms=2), by_bytes)
        if row.lost
    ]
    found += [
        f"The image of {application} for {platform}: {in_bytes(ours)} of layers, and {in_bytes(theirs)} with BuildKit."
        for application, platform, theirs, ours in tables.image_rows(results.sizes)
        if ours > theirs
    ]
    return found


def _timed(results: Results) -> list[Row]:
    kinds = [(*tables.LOCAL, Kind.FRESH, Kind.PUSH), tables.LOCAL]
    cases = [
        case
        for kind, platforms in zip(kinds, (2, 1), strict=True)
        for case in tables.of_kind(*kind, platforms=platforms)
    ]
    return tables.rows(results, cases, by_seconds)


def _slower(row: Row) -> str:
    said = (
        f"{_sentence(_where(row))}: {in_seconds(row.module.median)}, where BuildKit takes "
        f"{in_seconds(row.buildkit.median)}"
    )
    if not row.over:
        return f"{said}; all of it is the fixed cost of a call."
    return f"{said}; {in_seconds(row.over)} of that are over the fixed cost of a call."


def _where(row: Row) -> str:
    if row.case.kind not in tables.LOCAL:
        return tables.named(row)
    return f"{row.case.title}, {'both platforms' if len(row.case.platforms) > 1 else 'one platform'}"


def _sentence(title: str) -> str:
    """A title as a sentence begins; names in it stay as they are."""
    return title[0].upper() + title[1:]
