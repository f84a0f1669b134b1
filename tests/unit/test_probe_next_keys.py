"""next.mjs and the keys that Next.js draws for each build."""

# ruff: noqa: ANN401 - the plan of a probe is JSON

import base64
import json
from typing import Any

from .next_project import Project, succeeds


def keys(project: Project, **plan: Any) -> list[str]:
    """The four random values of a build: three of the preview mode and the key of server actions."""
    drawn = {"previewModeId": "1" * 32, "previewModeSigningKey": "2" * 64, "previewModeEncryptionKey": "3" * 64}
    project.write("traced/.next/prerender-manifest.json", {"routes": {}, "preview": drawn})
    project.write("traced/.next/server/edge/chunk.js", f'const id = "{drawn["previewModeId"]}";')
    succeeds(project.build(**plan))
    written = json.loads((project.out / "site/.next/prerender-manifest.json").read_text("utf-8"))
    preview: dict[str, str] = written["preview"]
    assert not set(preview.values()) & set(drawn.values())
    chunk = (project.out / "site/.next/server/edge/chunk.js").read_text("utf-8")
    assert chunk == f'const id = "{preview["previewModeId"]}";'
    return [*preview.values(), (project.root / "key").read_text("utf-8").strip()]


def test_keys_come_from_the_secret(project: Project) -> None:
    """The same secret, the same keys; another secret, none of them; where there is one, no key is public."""
    first, second = (project.root.parent / name for name in ("first", "second"))
    first.write_text("a", "utf-8")
    second.write_text("b", "utf-8")
    found = keys(project, keys=str(first), public=False)
    assert found == keys(project, keys=str(first), public=False)
    assert found == keys(project, keys=str(first), public=True)
    assert not set(found) & set(keys(project, keys=str(second), public=False))
    assert not set(found) & set(keys(project, public=True))


def test_keys_are_random_unless_the_caller_says_that_they_guard_nothing(project: Project) -> None:
    """Without a secret no two builds share one; those that may be known are always the same."""
    assert keys(project, public=True) == keys(project, public=True)
    assert not set(keys(project, public=False)) & set(keys(project, public=False))


def test_keys_have_the_form_that_next_js_wants(project: Project) -> None:
    """16 and 32 bytes as hexadecimal digits, and an AES key of 32 bytes in base64."""
    *preview, actions = keys(project)
    assert [len(bytes.fromhex(value)) for value in preview] == [16, 32, 32]
    assert len(base64.b64decode(actions, validate=True)) == 32
