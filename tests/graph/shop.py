"""What the probes say of an application called shop."""

import json
from typing import Any, Final

LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
BASE: Final = f"sha256:{'b' * 64}"
OWN: Final = f"sha256:{'a' * 64}"

CONFIG: Final[dict[str, Any]] = {
    "architecture": "amd64",
    "os": "linux",
    "created": "2026-11-25T06:05:01.686456465Z",
    "history": [{"created_by": "import image layer"}, {"created_by": "Directory.withDirectory"}],
    "rootfs": {"type": "layers", "diff_ids": ["sha256:1", "sha256:2"]},
    "config": {
        "User": "65532:65532",
        "Entrypoint": ["/usr/local/bin/shop"],
        "Cmd": ["serve"],
        "WorkingDir": "/app",
        "Env": ["A=1", "B=x=y"],
        "Healthcheck": {"Test": ["CMD", "/usr/local/bin/shop", "healthcheck"]},
    },
}
LAYERS: Final = [
    {
        "digest": BASE,
        "mediaType": LAYER_TYPE,
        "compressed": 1_000_000,
        "unpacked": 3_000_000,
        "files": 9,
        "largest": "lib/a",
    },
    {
        "digest": OWN,
        "mediaType": LAYER_TYPE,
        "compressed": 4_000_000,
        "unpacked": 9_000_000,
        "files": 1,
        "largest": "usr/local/bin/shop",
    },
]
ANSWERS: Final = [{"path": "/ready", "status": 503}]
HEALTHY: Final = {
    "status": 200,
    "healthy": 40,
    "check": 0,
    "answers": ANSWERS,
    "stopped": 9,
    "handles": True,
    "log": "",
}
RAN: Final = HEALTHY | {"memory": 20_000_000, "writable": False}


def probes(asked: list[str]) -> str:
    """Answers of the probes: what the image weighs, and how it ran."""
    return json.dumps({"config": CONFIG, "layers": LAYERS} if "measure.mjs" in asked[-2] else RAN)
