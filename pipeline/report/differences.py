"""What differs between two builds, in a sentence."""

import dataclasses
from typing import Final

_SAID: Final = {
    "type": "{path} is a {first} the first time and a {second} the second",
    "target": "{path} leads to {first} the first time and to {second} the second",
    "device": "{path} is device {first} the first time and {second} the second",
    "owner": "{path} belongs to {first} the first time and to {second} the second",
    "mode": "{path} has mode {first} the first time and {second} the second",
    "size": "{path} has {first} the first time and {second} the second",
    "content": "{path} has the same size and another content, from {first} on",
    "time": "all files are the same but for their times: {path} is of {first} the first time and {second} the second",
    "config": "the files are the same and the image config is not: {path} is {first} the first time and {second} the "
    "second",
    "layers": "the layers differ and the files that a container sees do not: look for what a later layer deletes",
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """The first thing that two builds differ in: its path, in which respect, and what each has; "" for nothing."""

    path: str = ""
    what: str
    first: str = ""
    second: str = ""

    @property
    def brief(self) -> str:
        """For a table: the respect, and the path in parentheses."""
        return f"{self.what} ({self.path})" if self.path else self.what

    @property
    def sentence(self) -> str:
        """For an error."""
        if self.what == "presence":
            return f"{self.path} is there the {'first' if self.first else 'second'} time only"
        return _SAID[self.what].format(path=self.path, first=self.first, second=self.second)
