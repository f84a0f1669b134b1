"""Arguments that several functions have, with their descriptions."""

from typing import Annotated

import dagger
from dagger import Doc

Name = Annotated[str, Doc("Name in tables, errors and image titles")]
Repository = Annotated[dagger.GitRepository | None, Doc("Its repository, at its head; none: 0.0.0-dev")]
Path = Annotated[str, Doc("Where the source lies in the repository")]
Environment = Annotated[list[str] | None, Doc("NAME=value at run time")]

Platforms = Annotated[
    list[dagger.Platform] | None, Doc("Platforms to build for; linux/amd64 and linux/arm64 when none is given")
]
OnePlatform = Annotated[dagger.Platform | None, Doc("Default: the engine's own, else the first")]

Against = Annotated[
    list[str] | None, Doc("Published images to compare with, as api=ghcr.io/acme/api:latest: only new findings fail")
]

To = Annotated[
    list[str] | None,
    Doc("Where to, as ghcr.io/acme or ghcr.io/acme/neuronip-{app}; none: one for this call alone"),
]
Ref = Annotated[str, Doc("refs/heads/main, refs/tags/v1.2.3 or refs/pull/12/merge; default: the branch")]
Commit = Annotated[str, Doc("The commit that a branch's tag names; default: what is checked out or promoted")]
PullRequest = Annotated[int, Doc("Number of the pull request; 0: it is none")]
DefaultBranch = Annotated[str, Doc("The branch whose newest image is edge")]
Tags = Annotated[list[str] | None, Doc("These tags, whatever the event is")]
WithV = Annotated[bool, Doc("Tags of versions with a v as well: v1.2.3 beside 1.2.3")]
Rebuild = Annotated[bool, Doc("Build and test although a registry has an image of the same inputs")]
Force = Annotated[bool, Doc("Let 1.2, 1, latest and edge move to an older version")]
Event = Annotated[
    dagger.File | None, Doc("Payload of the event, in place of ref, commit and pull request: GITHUB_EVENT_PATH")
]
EventName = Annotated[str, Doc("The event: push, pull_request or workflow_dispatch, as GITHUB_EVENT_NAME has it")]
AsList = Annotated[
    bool, Doc("As JSON: what was published, each with digest, tags, proofs, and whether this call built it")
]
"""Arguments of a publication."""

Promoted = Annotated[list[str] | None, Doc("Repositories to promote it to, as ghcr.io/acme/api; none: its own")]
Published = Annotated[str, Doc("A published image, as ghcr.io/acme/api:1.2.3 or ghcr.io/acme/api@sha256:...")]
HealthPath = Annotated[str, Doc("Path that answers 2xx when it is healthy; default: its application's, else /")]
Total = Annotated[int, Doc("Most that it may hold unpacked, in MB (10^6 bytes); 0: what its application may")]
Again = Annotated[bool, Doc("Build the commit that it names, too, and compare the digests")]
Repo = Annotated[str, Doc("The repository, as ghcr.io/acme/api")]
Delete = Annotated[bool, Doc("Delete what is said; without it nothing is changed")]
KeysDays = Annotated[int, Doc("Days that content keys are kept")]
PullRequestsDays = Annotated[int, Doc("Days that images of pull requests are kept")]
CommitsDays = Annotated[int, Doc("Days that images of commits are kept; 0: for ever")]

Caches = Annotated[str, Doc("A repository for caches, as ghcr.io/acme/caches")]
Most = Annotated[int, Doc("MB that the caches of an application may hold, unpacked")]
"""Arguments of what is kept of caches."""

Released = Annotated[str, Doc("The version, as v1.2.3 or v1.3.0-rc.1")]
GitHubRepository = Annotated[str, Doc("Repository on GitHub, owner/name; default: where the source is")]
GitHubToken = Annotated[dagger.Secret | None, Doc("Token that may write the repository's contents, as env://TOKEN")]
GitHubApi = Annotated[str, Doc("Where GitHub answers; an Enterprise Server does at https://HOST/api/v3")]
GitHubService = Annotated[dagger.Service | None, Doc("What answers in place of GitHub: tcp://HOST:PORT")]
Branches = Annotated[list[str] | None, Doc("Branches that may be released, as release/*; default: main, release/*")]
PlanFile = Annotated[dagger.File | None, Doc("Carry out this plan and no other: what `plan --as-json` gave")]
Status = Annotated[bool, Doc("Say where the release stands, and do nothing")]
AsJson = Annotated[bool, Doc("As JSON, for release --plan")]
AsReleased = Annotated[
    bool,
    Doc("As JSON: version, commit, page, images as of publish, and checksums of the files; with --status the plan"),
]
Attested = Annotated[bool, Doc("A workflow signs what is released: the notes say how to verify that")]
Holder = Annotated[str, Doc("Who releases, for people to read where two do so at once")]
"""Arguments of a release."""
