"""The vulnerability database that a scan used, and whether it may be used."""

import dataclasses
import datetime
import json


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """A vulnerability database: where it came from, the digest of its manifest or file, and when it was made."""

    reference: str
    digest: str
    updated: datetime.datetime

    def days(self, now: datetime.datetime) -> float:
        """Its age in days."""
        return (now - self.updated) / datetime.timedelta(days=1)


def parse_database(metadata: str, reference: str, digest: str) -> Database:
    """Read the metadata.json of a Trivy database (schema 2).

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(metadata)
        version, updated = found["Version"], datetime.datetime.fromisoformat(found["UpdatedAt"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the vulnerability database {reference} is corrupt: its metadata.json is none") from error
    if version != 2:  # noqa: PLR2004 - the schema that the pinned Trivy reads
        raise ValueError(f"the vulnerability database {reference} has schema {version}, and the scanner reads schema 2")
    if updated.tzinfo is None:
        updated = updated.replace(tzinfo=datetime.UTC)
    return Database(reference=reference, digest=digest, updated=updated)


def too_old(database: Database, now: datetime.datetime, limit: int) -> str:
    """Say in a sentence that a database is older than `limit` days; "" when it is not.

    An old database knows nothing of new advisories: what it calls clean may not be.
    """
    age = database.days(now)
    if age <= limit:
        return ""
    return (
        f"the vulnerability database {database.reference} is {age:.0f} days old ({database.updated:%Y-%m-%d}) and may be "
        f"{limit}; fetch a newer one, or allow more with --trivy-db-max-age"
    )
