"""The page of a release, for a person who looks at what a rehearsal has made."""

import html
import re
from typing import Final
from urllib.parse import quote

from pipeline.rehearsal.state import Release, State

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}"
    "pre{white-space:pre-wrap;background:#f6f8fa;padding:1rem;border-radius:6px}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d1d9e0}"
    "code{font-size:85%;overflow-wrap:anywhere}"
)


def page(state: State, repository: str, release: Release) -> str:
    """A release as HTML: notes as they were written, and every asset with its size, digest and download."""
    newest = state.newest()
    marks = [
        *(["Latest"] if newest and newest.id == release.id else []),
        *(["Pre-release"] if release.prerelease else []),
        *(["Immutable"] if release.immutable else []),
    ]
    title = html.escape(release.name or release.tag)
    # GitHub shows no comments either.
    notes = html.escape(re.sub(r"<!--.*?-->", "", release.body, flags=re.DOTALL).strip())
    rows = "".join(
        f'<tr><td><a href="/{quote(repository)}/releases/download/{quote(release.tag)}/{quote(asset.name)}">'
        f"{html.escape(asset.name)}</a></td><td>{len(asset.content)} bytes</td>"
        f"<td><code>{asset.digest}</code></td></tr>"
        for asset in state.of(release)
        if asset.state == "uploaded"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1><p>{html.escape(repository)} · tag {html.escape(release.tag)} · {release.published}"
        f"{''.join(f' · <strong>{mark}</strong>' for mark in marks)}</p><pre>{notes}</pre>"
        f"<h2>Assets</h2><table><tr><th>Name</th><th>Size</th><th>Digest</th></tr>{rows}</table></body></html>\n"
    )
