"""The notes of a release."""

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Finding, Kind, Severity
from pipeline.policy.verification import Finding as Check
from pipeline.report.notes import Notes, Previous, Shipped, notes

A, B, C = (f"sha256:{sign * 64}" for sign in "abc")
API = Shipped(
    app="api",
    reference="ghcr.io/acme/neuronip/api:1.2.3",
    digest=A,
    sizes={"linux/amd64": 10_400_000, "linux/arm64": 9_900_000},
)
WEB = Shipped(
    app="frontend", reference="ghcr.io/acme/neuronip/frontend:1.2.3", digest=B, sizes={"linux/amd64": 60_000_000}
)
NOTES = Notes(version="1.2.3", changelog="### Added\n\n- Search (#12)\n", images=[API, WEB])


def finding(name: str, severity: Severity = Severity.HIGH, **other: Any) -> Finding:  # noqa: ANN401 - its fields
    """A vulnerability of a package."""
    return Finding(kind=Kind.VULNERABILITY, id=name, severity=severity, **({"package": "openssl"} | other))


def since(now: Shipped, before: Shipped) -> str:
    """What the notes say of the release before."""
    content = dataclasses.replace(NOTES, images=[now], previous=Previous(version="1.2.2", images=[before]))
    return notes(content).partition("## Since 1.2.2\n")[2]


def test_the_notes_begin_with_what_has_changed() -> None:
    """As it was written: it is Markdown already."""
    assert notes(NOTES).startswith("### Added\n\n- Search (#12)\n\n## Images\n")


def test_images_are_listed_with_digest_and_sizes() -> None:
    """A row each, and the command that gets these very bytes."""
    text = notes(NOTES)
    assert (
        f"| api | `ghcr.io/acme/neuronip/api:1.2.3` | linux/amd64: 10.4 MB<br>linux/arm64: 9.9 MB | `{A}` |\n" in text
    )
    assert (
        f"```\ndocker pull ghcr.io/acme/neuronip/api@{A}\ndocker pull ghcr.io/acme/neuronip/frontend@{B}\n```\n"
    ) in text


def test_people_are_told_how_to_verify() -> None:
    """Files by their checksums, images by this module; signatures only where there are some."""
    text = notes(NOTES)
    assert "sha256sum --ignore-missing --check checksums.txt\n" in text
    assert f"dagger call verify --image ghcr.io/acme/neuronip/api@{A}\n" in text
    assert "gh attestation" not in text


def test_signatures_are_verified_against_who_may_have_signed() -> None:
    """Files by their checksums, and those images that are signed: no other has a signature that could be found."""
    text = notes(dataclasses.replace(NOTES, attested=True, signed=["api"], repository="acme/neuron.ip"))
    assert (
        "```\ngh attestation verify checksums.txt --repo acme/neuron.ip\n"
        f"gh attestation verify oci://ghcr.io/acme/neuronip/api@{A} --repo acme/neuron.ip\n```\n"
    ) in text


@pytest.mark.parametrize("repository", ["", "acme", "acme/a b", "acme/a'; rm", "https://github.com/acme/a"])
def test_a_signature_of_nobody_is_refused(repository: str) -> None:
    """A command that accepts any signer verifies nothing, and one with a quote does something else."""
    with pytest.raises(ValueError, match=r"is no repository that could have it; give it as owner/name$"):
        notes(dataclasses.replace(NOTES, attested=True, repository=repository))


@pytest.mark.parametrize(
    "change", [{"digest": "sha256:1"}, {"digest": ""}, {"reference": "https://example.com"}, {"digest": f"{A}\nrm"}]
)
def test_an_image_without_a_name_is_refused(change: dict[str, Any]) -> None:
    """Its command would get something else, or nothing."""
    with pytest.raises(ValueError, match="is not a reference of an image"):
        notes(dataclasses.replace(NOTES, images=[dataclasses.replace(API, **change)]))


def test_what_was_looked_at_is_said() -> None:
    """Also what failed, if it is published all the same."""
    checks = [Check("smoke", passed=True, seen="healthy after 72 ms"), Check("size", passed=False, seen="a|b")]
    text = notes(dataclasses.replace(NOTES, checks=checks))
    assert "| smoke | passed | healthy after 72 ms |\n| size | **failed** | a&#124;b |\n" in text
    assert "Looked at" not in notes(NOTES)


def test_sizes_are_compared_by_platform() -> None:
    """More, less, the same, new and gone."""
    before = dataclasses.replace(API, sizes={"linux/amd64": 10_000_000, "linux/386": 9_000_000})
    assert since(API, before).splitlines()[3:6] == [
        "| api | linux/amd64 | 10.4 MB | 10.0 MB | +0.4 MB (+4.0%) |",
        "| api | linux/arm64 | 9.9 MB | - | new |",
        "| api | linux/386 | - | 9.0 MB | gone |",
    ]
    assert "| 10.4 MB | same |" in since(API, API)


def test_an_application_that_is_new_has_nothing_to_be_compared_with() -> None:
    """It is said to be new on each platform, and nothing of findings."""
    text = since(dataclasses.replace(API, findings=[]), WEB)
    assert text.count("| new |") == 2
    assert "finding" not in text


def test_findings_that_are_new_or_gone_are_listed() -> None:
    """The worst first; those that both have are left out, whatever version or line they are now in."""
    kept, worse = finding("CVE-1", installed="1"), finding("CVE-3", Severity.CRITICAL)
    now = dataclasses.replace(API, findings=[finding("CVE-1", installed="2"), finding("CVE-2"), worse, worse])
    before = dataclasses.replace(API, findings=[kept, finding("CVE-4", url="https://example.com/CVE-4")])
    text = since(now, before)
    assert "api: 2 findings new, 1 gone.\n" in text
    assert [line for line in text.splitlines() if "CVE-" in line] == [
        "| new | CRITICAL | CVE-3 | openssl |",
        "| new | HIGH | CVE-2 | openssl |",
        "| gone | HIGH | [CVE-4](https://example.com/CVE-4) | openssl |",
    ]


def test_that_no_finding_is_new_is_said() -> None:
    """But not of an image whose findings nobody knows."""
    now = dataclasses.replace(API, findings=[finding("CVE-1")])
    assert "api: no finding is new, and none is gone.\n" in since(now, now)
    assert "finding" not in since(now, API)
    assert "finding" not in since(API, now)


def test_many_findings_are_counted() -> None:
    """The page has an end."""
    now = dataclasses.replace(API, findings=[finding(f"CVE-{number}") for number in range(60)])
    text = since(now, dataclasses.replace(API, findings=[]))
    assert text.count("| new | HIGH |") == 50
    assert text.endswith("And 10 more, which the report has.\n")


def test_a_release_without_images_has_notes() -> None:
    """Of binaries alone."""
    text = notes(dataclasses.replace(NOTES, images=[]))
    assert "## Images" not in text
    assert "docker" not in text
    assert "sha256sum" in text


def test_a_text_that_github_would_refuse_is_left_out() -> None:
    """Images and commands stay; people find the rest in the file."""
    text = notes(dataclasses.replace(NOTES, changelog="- change\n" * 20_000))
    assert len(text) < 125_000
    assert text.startswith("What has changed is too long for this page: CHANGELOG.md")
    assert "docker pull" in text


@given(st.text(), st.text(), st.text())
def test_data_is_no_markdown(app: str, seen: str, package: str) -> None:
    """No name of an application, of a package or of a check makes a heading, a link, a mention, HTML or a cell."""
    image = dataclasses.replace(API, app=app, findings=[finding("CVE-1", package=package)])
    before = Previous(version="1.2.2", images=[dataclasses.replace(image, findings=[])])
    checks = [Check(app, passed=True, seen=seen)]
    found = notes(dataclasses.replace(NOTES, images=[image], previous=before, checks=checks))
    plain = notes(
        dataclasses.replace(
            NOTES,
            images=[dataclasses.replace(API, findings=[finding("CVE-1")])],
            previous=Previous(version="1.2.2", images=[dataclasses.replace(API, findings=[])]),
            checks=[Check("x", passed=True, seen="y")],
        )
    )
    assert len(found.splitlines()) == len(plain.splitlines())
    for sign in "<>[]@":
        # A blank of no width follows a sign that is shown.
        assert len(re.findall(re.escape(sign) + "(?!\u200b)", found)) == len(
            re.findall(re.escape(sign) + "(?!\u200b)", plain)
        )
