"""What the probes say of an application called shop."""

import json
from typing import Final

CONFIG: Final = {
    "config": {
        "User": "65532:65532",
        "Entrypoint": ["/usr/local/bin/shop"],
        "Cmd": ["serve"],
        "WorkingDir": "/app",
        "Env": ["A=1", "B=x=y"],
        "Healthcheck": {"Test": ["CMD", "/usr/local/bin/shop", "healthcheck"]},
    }
}
LAYERS: Final = [
    {"digest": "sha256:base", "compressed": 1_000_000, "unpacked": 3_000_000, "files": 9, "largest": "lib/a"},
    {
        "digest": "sha256:app",
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
