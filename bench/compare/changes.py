"""What is edited before something is built: each time it is work that was never done before.

A number makes it so, which grows with every edit, and from run to run.
"""

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from bench.compare.programs import BenchError


class Change(Protocol):
    """An edit of a checkout."""

    def apply(self, folder: Path, number: int) -> None:
        """Make it.

        Raises:
            BenchError: the checkout is not what the comparison was written for.
        """


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a file: what stands between `before` and `after` becomes the number, and a word."""

    path: str
    before: str
    after: str

    def apply(self, folder: Path, number: int) -> None:
        """Write the line anew."""
        path = folder / self.path
        path.write_text(self.applied(path.read_text("utf-8"), number), "utf-8")

    def applied(self, text: str, number: int) -> str:
        """The file with the line as it is for a number.

        Raises:
            BenchError: the file has no such line, or several.
        """
        pattern = re.compile(f"({re.escape(self.before)}).*?({re.escape(self.after)})")
        changed, count = pattern.subn(rf"\g<1>{number}\g<2>", text)
        if count != 1:
            raise BenchError(
                f"{self.path} has {count} lines with {self.before!r} and {self.after!r}, and one is edited; "
                "say in bench/compare/changes.py which"
            )
        return changed


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dependency:
    """A package of npm without dependencies of its own: added, and then another version of it each time.

    The description in package.json gets the number, so that no manifest is one that was installed before.
    """

    folder: str
    package: str
    versions: Mapping[str, str]
    """What the registry says of each version: the integrity of its archive."""

    def apply(self, folder: Path, number: int) -> None:
        """Write the manifest and the lock file anew."""
        for name, changed in (("package.json", self.manifest), ("package-lock.json", self.lock)):
            path = folder / self.folder / name
            content = changed(json.loads(path.read_text("utf-8")), number)
            path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")

    def manifest(self, content: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The content of package.json with the version of a number."""
        plain = re.sub(r" [(]\d+[)]$", "", content["description"])
        return {**content, "description": f"{plain} ({number})", "dependencies": self._dependencies(content, number)}

    def lock(self, content: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The content of package-lock.json with it."""
        packages = dict(content["packages"])
        packages[""] = {**packages[""], "dependencies": self._dependencies(packages[""], number)}
        version = self._version(number)
        packages[f"node_modules/{self.package}"] = {
            "version": version,
            "integrity": self.versions[version],
            "license": "MIT",
        }
        return {**content, "packages": packages}

    def _dependencies(self, content: Mapping[str, Any], number: int) -> dict[str, str]:
        return {**content["dependencies"], self.package: self._version(number)}

    def _version(self, number: int) -> str:
        return sorted(self.versions)[number % len(self.versions)]


GO: Final = Line(path="api/internal/httpapi/status.go", before="keeps trying, so try again in ", after=" seconds.")
"""A text in a package that two others stand on, the command among them."""

TYPESCRIPT: Final = Line(path="frontend/src/components/site-footer.tsx", before="NeuronIP front end ", after="{")
"""A text in a component that is on every page."""

NPM: Final = Dependency(
    folder="frontend",
    package="clsx",
    versions={
        "1.0.4": "sha512-1mQ557MIZTrL/140j+JVdRM6e31/OA4vTYxXgqIIZlndyfjHpyawKZia1Im05Vp9BWmImkcNrNtFYQMyFcgJDg==",
        "1.1.0": "sha512-3avwM37fSK5oP6M5rQ9CNe99lwxhXDOeSWVPAOYF6OazUTgZCMb0yWlJpmdD74REy1gkEaFiub2ULv4fq9GUhA==",
        "1.1.1": "sha512-6/bPho624p3S2pMyvP5kKBPXnI3ufHLObBFCfgx+LkeR5lg2XYy2hqZqUf45ypD8COn2bhgGJSUE+l5dhNBieA==",
        "1.2.0": "sha512-EPRP7XJsM1y0iCU3Z7C7jFKdQboXSeHgEfzQUTlz7m5NP3hDrlz48aUsmNGp4pC+JOW9WA3vIRqlYuo/bl4Drw==",
        "1.2.1": "sha512-EcR6r5a8bj6pu3ycsa/E/cKVGuTgZJZdsyUYHOksG/UHIiKfjxzRxYJpyVBwYaQeOvghal9fcc4PidlgzugAQg==",
        "2.0.0": "sha512-rQ1+kcj+ttHG0MKVGBUXwayCCF1oh39BF5COIpRzuCEv8Mwjv0XucrI2ExNTOn9IlLifGClWQcU9BrZORvtw6Q==",
        "2.0.1": "sha512-PrYqtepbSWwrFmtHX0IHv3zUEbWn1psIqaIZyjB3b9wEGpRAkpyeKbCCCkCXJYiHZPjK7jckJvf2sEB/8VKPgQ==",
        "2.1.0": "sha512-m3iNNWpd9rl3jvvcBnu70ylMdrXt8Vlq4HYadnU5fwcOtvkSQWPmj7amUcDT2qYI7risszBjI5AUIUox9D16pg==",
        "2.1.1": "sha512-eYm0QWBtUrBWZWG0d386OGAw16Z995PiOVo2B7bjWSbHedGl5e0ZWaq65kOGgUSNesEIDkB9ISbTg/JK9dhCZA==",
    },
)
"""Small, and nothing in the lock file has it: what else is installed stays as it is."""
