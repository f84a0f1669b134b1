"""Every image that is pulled and every action that a workflow uses, pinned, each with the reason it is there.

A tag beside the digest is for people: the engine resolves the digest alone. Callers replace any of them through the
arguments of `Pipeline`, with a mirror or another version. Actions are pinned by commit, the version beside it.
"""

import enum
from typing import Final

GO: Final = "golang:1.26.9-trixie@sha256:f89535b7caea67fa9ff0ba009894bff8f3be915e49cb635477c8ce04e045db5d"
"""Compiles Go, and runs git: it is the one image here that holds both."""

NODE: Final = "node:24.21.0-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66"
"""Builds Next.js; runs the module's own probes (measuring, smoke tests), which are plain JavaScript."""

STATIC: Final = (
    "gcr.io/distroless/static-debian13:nonroot@sha256:e2e927ec666bae08560abb3c55d0659eceabb657f56b6782ab500a9fc7f555e3"
)
"""Base of static binaries: certificates, time zones, the user 65532, and no shell."""

LIBC: Final = (
    "gcr.io/distroless/base-debian13:nonroot@sha256:a0d70d6a97cd697d9362bc2aae4a6560dd65817e365d0043b07325a97975dc91"
)
"""Base of Go binaries that use cgo: STATIC and the C library."""

NODEJS: Final = (
    "gcr.io/distroless/nodejs24-debian13:nonroot"
    "@sha256:9eeb7f5887d0e239e78264b06f7f11d2e14be534050481803a9e4728fcdd278e"
)
"""Base of Next.js images: Node.js alone, no npm, no shell."""

POSTGRES: Final = "postgres:17.11-alpine3.24@sha256:b0f9560a2de083e2cc7382e75f808c7381a32852a7ec49117deedb300e552b24"
"""The database of the stack and of tests; never part of an image."""

REGISTRY: Final = "registry:3.1.2@sha256:ddf754342cfc8acc51a56d5d0ab6af06826461864460636d8bd5c546dab2a7b8"
"""A registry that lives as long as a call, to publish to where no other is given."""

TRIVY: Final = "aquasec/trivy:0.75.0@sha256:af6acf9a6b85dfe389a1941505c0ce9efef52a4719635e1a962f022a3d855daa"
"""The scanner. 0.69.4 to 0.69.6 are malicious (GHSA-69fq-xp46-6x23): never follow a tag here."""

PYTHON: Final = "python:3.13.16-slim-trixie@sha256:bf44cdfcb76cd3b41e879bc058fc37ec5872002ccfde7fcb765e218cde0cd79c"
"""Runs the stand-in for GitHub of rehearsals; the engine runs the module itself on it."""


@enum.unique
class Action(enum.StrEnum):
    """An action, as a step of a workflow names it."""

    CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
    """Fetches the repository, with its whole history."""

    DAGGER = "dagger/dagger-for-github@27b130bf0f79a7f6fbbbe0fbca6760dc9bb40a77 # v8.4.1"
    """Installs the Dagger CLI and makes one call."""

    UPLOAD_ARTIFACT = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"
    """Keeps the report of a check."""

    UPLOAD_SARIF = "github/codeql-action/upload-sarif@2892aa5e19bbd11bc0cff5427e3b750a04d9e3c2 # v4.38.2"
    """Shows findings beside the code."""

    LOGIN = "docker/login-action@dbcb813823bdd20940b903addbd779551569679f # v4.6.0"
    """Lets ATTEST put a signature beside an image."""

    ATTEST = "actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2"
    """Signs digests as the workflow that runs it."""
