"""What test runners report: JUnit and coverage."""

import json
import re
from typing import Final
from xml.etree import ElementTree as ET

from pipeline.policy.results import Case, Outcome

_MESSAGE: Final = 4000
"""Characters of a failure that are kept."""

_SKIPPED: Final = frozenset({"skipped"})
_BROKEN: Final = frozenset({"failure", "error"})

_BLOCK: Final = re.compile(r"^(\S+:\d+\.\d+,\d+\.\d+) (\d+) (\d+)$", re.MULTILINE)


def parse_junit(text: str) -> list[Case]:
    """Read a JUnit file, as gotestsum and Vitest write it.

    Raises:
        ValueError: it is none.
    """
    try:
        # The parser refuses entities that grow (expat since 2.4.1), and the file is the work of our own runner.
        root = ET.fromstring(text)  # noqa: S314
    except ET.ParseError as error:
        raise ValueError(f"the test runner left a JUnit file that cannot be read ({error})") from error
    if root.tag not in {"testsuites", "testsuite"}:
        raise ValueError(f"the test runner left a file that is no JUnit: it begins with <{root.tag[:40]}>")
    suites = root.iter("testsuite")
    # gotestsum names the package of what did not compile in the suite alone.
    return [_case(case, suite.get("name", "")) for suite in suites for case in suite.findall("testcase")]


def go_coverage(profile: str) -> float | None:
    """The share of statements that a Go coverage profile has as run, from 0 to 1; None without any statement.

    A block that stands in it several times was run when any of them says so.
    """
    statements: dict[str, int] = {}
    ran: set[str] = set()
    for block, count, times in _BLOCK.findall(profile):
        statements[block] = int(count)
        if int(times):
            ran.add(block)
    total = sum(statements.values())
    return sum(statements[block] for block in ran) / total if total else None


def istanbul_coverage(summary: str) -> float | None:
    """The share of statements in a coverage-summary.json of Istanbul, from 0 to 1; None without any statement.

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(summary)["total"]["statements"]
        return found["covered"] / found["total"] if found["total"] else None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError("the test runner left a coverage-summary.json that cannot be read") from error


def _case(element: ET.Element, suite: str) -> Case:
    children = {child.tag: child for child in element}
    broken = next((children[tag] for tag in sorted(_BROKEN) if tag in children), None)
    return Case(
        suite=element.get("classname") or suite,
        name=element.get("name", ""),
        outcome=Outcome.FAILED
        if broken is not None
        else Outcome.NONE
        if _SKIPPED & children.keys()
        else Outcome.PASSED,
        seconds=_seconds(element.get("time", "")),
        message=_message(broken) if broken is not None else "",
    )


def _message(element: ET.Element) -> str:
    text = (element.text or "").strip() or element.get("message", "")
    return text if len(text) <= _MESSAGE else text[:_MESSAGE] + " ..."


def _seconds(text: str) -> float:
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 0.0
