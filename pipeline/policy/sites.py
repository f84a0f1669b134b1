"""Sites: where a repository is looked at in a browser, and the addresses of its pages."""

import dataclasses
import re
from typing import Final, Self

_URL: Final = re.compile(r"(https?)://(?:[^@/]*@)?([A-Za-z0-9][A-Za-z0-9.:-]*)/([A-Za-z0-9._~/-]+)")
_SSH: Final = re.compile(r"(?:ssh|git)://(?:[^@/]*@)?([A-Za-z0-9][A-Za-z0-9.-]*)(?::[0-9]+)?/([A-Za-z0-9._~/-]+)")

# A name without a dot is an alias of somebody's ssh settings, or a drive.
_SHORT: Final = re.compile(r"(?:[^@/:]*@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+):([A-Za-z0-9._~/-]+)")
_PRIVATE: Final = re.compile(r"(?:[0-9]+\+)?([A-Za-z0-9-]+)@users\.noreply\.(.+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """A repository on the web, as `https://github.com/acme/api`; "" where there is none, and then no page has one."""

    url: str = ""

    @classmethod
    def of(cls, remote: str) -> Self:
        """The one that a remote of git stands for, without user and password; none for a folder."""
        if match := _URL.fullmatch(remote):
            scheme, host, path = match.groups()
        elif match := _SSH.fullmatch(remote) or _SHORT.fullmatch(remote):
            scheme, (host, path) = "https", match.groups()
        else:
            return cls()
        return cls(f"{scheme}://{host}/{path.strip('/').removesuffix('.git')}")

    def pull_request(self, number: int) -> str:
        """The page of a pull request."""
        return f"{self.url}/pull/{number}" if self.url else ""

    def commit(self, name: str) -> str:
        """The page of a commit."""
        return f"{self.url}/commit/{name}" if self.url else ""

    def author(self, email: str) -> str:
        """The page of a person whose address is one that the site gave away in place of the real one."""
        match = _PRIVATE.fullmatch(email)
        host = self.url.partition("://")[2].partition("/")[0]
        return f"https://{host}/{match[1]}" if match and match[2] == host else ""

    def comparison(self, before: str, after: str) -> str:
        """What changed from one tag to another; what a tag holds, where there is none before it."""
        return f"{self.url}/compare/{before}...{after}" if before else f"{self.url}/releases/tag/{after}"
