"""An engine that packs what is kept, and a registry that it pushes to."""

import re

from pipeline.remote.manifests import MEDIA_TYPES
from tests.http import debian

from .queries import Engine


class Kept:
    """An engine that packs volumes, and pushes an image where it is told to."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is pushed yet; what is kept holds 12 MB."""
        usual = engine._answers["stdout"]
        self.pushed: list[str] = []
        self.size: str | Exception = "12\n"
        engine.answers(
            digest="sha256:10c5",
            publish=self.publish,
            stdout=lambda asked: self.size if "keep caches" in asked[-2] else usual(asked),
        )

    def publish(self, asked: list[str]) -> str:
        """Push an image of one layer."""
        address = re.search(r'address="([^"]+)"', asked[-1])
        assert address
        self.pushed.append(address[1])
        name, _, rest = address[1].partition("/")
        repository, _, tag = rest.rpartition(":")
        with debian.plain_client(f"http://{name}/v2/{repository}") as client:
            for blob in (debian.CONFIG, debian.LAYER):
                place = client.post("/blobs/uploads/").headers["location"]
                client.put(f"{place}&digest={debian.digest(blob)}", content=blob).raise_for_status()
            headers = {"Content-Type": MEDIA_TYPES[1]}
            client.put(f"/manifests/{tag}", content=debian.MANIFEST, headers=headers).raise_for_status()
        return f"{address[1]}@{debian.digest(debian.MANIFEST)}"
