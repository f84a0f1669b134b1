"""What the tests share that write to servers which misbehave."""

from typing import Final

import pytest

from pipeline.policy.documents import MANIFEST, Document
from tests.http import debian
from tests.http.debian import LAYER, digest
from tests.http.servers import Reply, problem

IMAGE: Final = Document(MANIFEST, debian.MANIFEST)
BLOB: Final = digest(LAYER)
TAGGED: Final = "/v2/shop/manifests/1"
TAKEN: Final = Reply(status=201)

PASSING: Final = {
    "500": Reply(status=500),
    "503": Reply(status=503),
    "408": Reply(status=408),
    "429": problem(429, "TOOMANYREQUESTS", "slow down"),
    "broken at once": Reply(stop=0),
    "broken after some bytes": Reply(stop=100),
}
LASTING: Final = [400, 401, 403, 404, 405, 413]


def passing(*names: str) -> pytest.MarkDecorator:
    """Each of what passes, or these only."""
    return pytest.mark.parametrize("fault", [PASSING[name] for name in names or PASSING], ids=names or PASSING.keys())
