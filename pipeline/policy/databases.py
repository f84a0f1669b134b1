"""The vulnerability database that a scan used, and whether it may be used."""

import dataclasses
import datetime as dt
import json
from typing import Final

SCHEMA: Final = 2
"""The schema that the pinned Trivy reads."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """A vulnerability database: where it came from, the digest of its manifest or file, and when it was made."""

    reference: str
    digest: str
    updated: dt.datetime

    def __str__(self) -> str:
        """Reference, digest and time, for people."""
        return f"{self.reference}@{self.digest}, of {self.updated:%Y-%m-%d %H:%M} UTC"

    def days(self, now: dt.datetime) -> float:
        """Its age in days."""
        return (now - self.updated) / dt.timedelta(days=1)


def parse_database(metadata: str, reference: str, digest: str) -> Database:
    """Read the metadata.json of a Trivy database (schema 2).

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(metadata)
        version, updated = found["Version"], dt.datetime.fromisoformat(found["UpdatedAt"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"the vulnerability database {reference} is corrupt: its metadata.json is none") from error
    if version != SCHEMA:
        raise ValueError(
            f"the vulnerability database {reference} has schema {version!r}, and the scanner reads schema {SCHEMA}"
        )
    if updated.tzinfo is None:
        updated = updated.replace(tzinfo=dt.UTC)
    return Database(reference=reference, digest=digest, updated=updated)


def too_old(database: Database, now: dt.datetime, limit: int) -> str:
    """Say in a sentence that a database is older than `limit` days; "" when it is not.

    An old database knows nothing of new advisories: what it calls clean may not be. One from the future would never get
    old, so more than the day by which clocks may differ is refused as well.
    """
    age = database.days(now)
    if -1 <= age <= limit:
        return ""
    made = f"the vulnerability database {database.reference} "
    if age < 0:
        return made + (
            f"was made {-age:.1f} days from now ({database.updated:%Y-%m-%d}), so its age is not known; set the clock "
            "of this machine, or fetch another one"
        )
    return made + (
        f"is {age:.1f} days old ({database.updated:%Y-%m-%d}) and may be {limit}; fetch a newer one, or allow more "
        "with --trivy-db-max-age"
    )
