"""The stages of a check, read back from its report."""

import json

from pipeline.policy.results import Outcome, Result


def read_results(text: str) -> list[Result]:
    """The rows that stand in a report's results.json.

    Raises:
        ValueError: it is none, or nothing ran.
    """
    try:
        found = [
            Result(
                stage=row["stage"],
                app=row["application"],
                outcome=Outcome(row["outcome"]),
                number=row["number"],
                seconds=row["seconds"] or 0.0,
                problems=row["problems"],
                notes=row["notes"],
            )
            for row in json.loads(text)["results"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        raise ValueError(f"its results.json is not what `reports` writes ({said}); give the folder as it was") from None
    if not found:
        raise ValueError("no stage stands in its results.json: nothing was checked; give `reports` an application")
    return found
