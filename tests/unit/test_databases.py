"""The vulnerability database: what may be used."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.databases import Database, parse_database, too_old

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
REFERENCE = "ghcr.io/aquasecurity/trivy-db:2"
TRIVY = (
    '{"DownloadedAt":"0001-01-01T00:00:00Z","NextUpdate":"2026-11-25T22:48:42.245316587Z",'
    '"UpdatedAt":"2026-11-24T22:48:42.245316587Z","Version":2}'
)


def database(days: float) -> Database:
    """A database of this age."""
    return Database(reference=REFERENCE, digest="sha256:db", updated=NOW - dt.timedelta(days=days))


def test_the_metadata_that_trivy_writes_are_read() -> None:
    """Go writes nanoseconds, Python knows microseconds."""
    updated = dt.datetime(2026, 11, 24, 22, 48, 42, 245316, tzinfo=dt.UTC)
    assert parse_database(TRIVY, REFERENCE, "sha256:db") == Database(
        reference=REFERENCE, digest="sha256:db", updated=updated
    )


@pytest.mark.parametrize("fraction", ["", ".1", ".12", ".1234567", ".123456789"])
@pytest.mark.parametrize("zone", ["Z", "+00:00"])
def test_a_time_may_have_any_number_of_digits(fraction: str, zone: str) -> None:
    """Go leaves out trailing zeros."""
    found = parse_database(f'{{"Version": 2, "UpdatedAt": "2026-11-24T22:48:42{fraction}{zone}"}}', REFERENCE, "")
    assert found.updated.replace(microsecond=0) == dt.datetime(2026, 11, 24, 22, 48, 42, tzinfo=dt.UTC)


def test_a_time_without_a_zone_is_utc() -> None:
    """Else its age could not be told."""
    assert parse_database('{"Version": 2, "UpdatedAt": "2026-11-24"}', REFERENCE, "").updated.tzinfo is dt.UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "2",
        "null",
        "{}",
        '{"Version": 2}',
        '{"Version": 2, "UpdatedAt": 5}',
        '{"Version": 2, "UpdatedAt": "yesterday"}',
        '{"UpdatedAt": "2026-11-24T22:48:42Z"}',
        "[" * 100_000,
    ],
)
def test_corrupt_metadata_are_refused(text: str) -> None:
    """A database that is broken finds nothing, which is not the same as that there is nothing."""
    with pytest.raises(ValueError, match=f"the vulnerability database {REFERENCE} is corrupt"):
        parse_database(text, REFERENCE, "")


@pytest.mark.parametrize("version", ["1", "3", '"2"', "null"])
def test_another_schema_is_refused(version: str) -> None:
    """The scanner would not understand it."""
    with pytest.raises(ValueError, match=r"has schema .*, and the scanner reads schema 2"):
        parse_database(TRIVY.replace(":2}", f":{version}}}"), REFERENCE, "")


@pytest.mark.parametrize("days", [-1, -0.5, 0, 4.9, 5])
def test_a_database_within_the_limit_may_be_used(days: float) -> None:
    """The limit itself is allowed, and so are clocks that differ by up to a day."""
    assert too_old(database(days), NOW, 5) == ""


def test_an_old_database_is_refused_with_its_age() -> None:
    """It knows nothing of the advisories since."""
    assert too_old(database(5.2), NOW, 5) == (
        f"the vulnerability database {REFERENCE} is 5.2 days old (2026-11-19) and may be 5; fetch a newer one, or "
        "allow more with --trivy-db-max-age"
    )


def test_a_database_from_the_future_is_refused() -> None:
    """It would never get old."""
    assert "was made 3.0 days from now (2026-11-28), so its age is not known" in too_old(database(-3), NOW, 5)


@given(st.floats(min_value=-1, max_value=1000), st.integers(min_value=0, max_value=1000))
def test_exactly_what_is_older_than_the_limit_is_refused(days: float, limit: int) -> None:
    """Nothing else decides."""
    found = database(days)
    assert bool(too_old(found, NOW, limit)) == (found.days(NOW) > limit)
