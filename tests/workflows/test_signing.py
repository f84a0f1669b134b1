"""What is signed: the digests of what a run built, in jobs of their own; and nothing where nobody wants it."""

from .generated import FILES, jobs, workflow


def test_the_digests_that_are_signed_are_those_of_the_call() -> None:
    """In a job of its own, by the identity of the workflow."""
    for name, job in (("build.yml", "publish"), ("release.yml", "release")):
        found = workflow(name)["jobs"]
        assert found["attest"]["needs"] == job
        assert found["attest"]["strategy"]["matrix"] == {"image": f"${{{{ fromJSON(needs.{job}.outputs.images) }}}}"}
        signed = found["attest"]["steps"][-1]["with"]
        assert signed["subject-name"] == "${{ matrix.image.repository }}"
        assert signed["subject-digest"] == "${{ matrix.image.digest }}"
        assert signed["push-to-registry"] is True
        # A signature says who built it: an image that a registry had is not of this run.
        assert {step.get("if") for step in found["attest"]["steps"]} == {"matrix.image.built"}
    files = workflow("release.yml")["jobs"]["attest-files"]["steps"]
    assert [step["with"] for step in files] == [{"subject-checksums": "${{ needs.release.outputs.checksums }}"}]


def test_a_release_is_looked_at_when_everything_is_signed() -> None:
    """Images and files; where nobody signs, when it is released."""
    assert workflow("release.yml")["jobs"]["verify"]["needs"] == ["release", "attest", "attest-files"]
    assert jobs(FILES["unsigned/release.yml"])["verify"]["needs"] == ["release"]


def test_signing_can_be_left_out() -> None:
    """With all that only signing needs; and the notes promise none."""
    for name, text in FILES.items():
        signed = not name.startswith("unsigned/") and not name.endswith("/ci.yml")
        assert (
            ("id-token" in text) == ("actions/attest@" in text) == any("attest" in job for job in jobs(text)) == signed
        )
        if name.endswith("/release.yml"):
            assert ("--attested" in text) == signed
            assert ("checksums" in text) == signed
