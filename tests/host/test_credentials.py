"""As whom registries are asked: files as `docker login` writes them, and helpers on PATH."""

import base64
import json
from pathlib import Path

import pytest

from pipeline.host.credentials import CredentialsError, Login, login, token

PASSWORD = "s3cret-word"
ANN = Login("ann", PASSWORD)
HUB = "https://index.docker.io/v1/"


class Home:
    """Somebody's home with docker's settings, and a PATH with helpers."""

    def __init__(self, folder: Path) -> None:
        """Nothing is set and nobody logged in."""
        self.folder, self.bin = folder / ".docker", folder / "bin"
        self.folder.mkdir()
        self.bin.mkdir()
        self.environment = {"HOME": str(folder), "PATH": f"{self.bin}:/usr/bin:/bin"}

    def settings(self, **content: object) -> None:
        """Write the file."""
        (self.folder / "config.json").write_text(json.dumps(content), "utf-8")

    def helper(self, script: str, name: str = "x") -> None:
        """Put a helper on PATH; what it was asked stands in the file `asked`."""
        path = self.bin / f"docker-credential-{name}"
        path.write_text(f'#!/bin/sh\necho "$*: $(cat)" >> {self.bin}/asked\n{script}\n', "utf-8")
        path.chmod(0o755)

    def asked(self) -> list[str]:
        """What helpers were asked."""
        return (self.bin / "asked").read_text("utf-8").splitlines()

    def login(self, registry: str = "ghcr.io") -> Login:
        """As whom a registry is asked."""
        return login(registry, self.environment)

    def problem(self, registry: str = "ghcr.io") -> str:
        """Why that is not known; no password is in it."""
        with pytest.raises(CredentialsError) as error:
            self.login(registry)
        assert PASSWORD not in str(error.value)
        assert base64.b64encode(PASSWORD.encode()).decode() not in str(error.value)
        return str(error.value)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Somebody who is logged in nowhere."""
    return Home(tmp_path)


def pair(user: str = "ann", password: str = PASSWORD) -> dict[str, str]:
    """An entry of `auths`."""
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def answers(user: str = "ann", password: str = PASSWORD) -> str:
    """The script of a helper that knows somebody."""
    return f"echo '{json.dumps({'ServerURL': 'x', 'Username': user, 'Secret': password})}'"


def test_who_is_logged_in_nowhere_asks_as_nobody(home: Home) -> None:
    """Without a file, and with one of other registries."""
    assert home.login() == Login()
    home.settings(auths={"example.com": pair(), "ghcr.io": {}}, credHelpers={"example.com": "x"})
    assert home.login() == Login()


@pytest.mark.parametrize(
    ("key", "registry"),
    [
        ("ghcr.io", "ghcr.io"),
        ("https://ghcr.io", "ghcr.io"),
        ("https://ghcr.io/v2/", "ghcr.io"),
        ("localhost:5000", "localhost:5000"),
        (HUB, "docker.io"),
        ("index.docker.io", "docker.io"),
        ("docker.io", "docker.io"),
    ],
)
def test_a_user_is_found_by_the_names_that_a_registry_has(home: Home, key: str, registry: str) -> None:
    """Old versions wrote addresses; Docker's own registry has a name of its own."""
    home.settings(auths={"other.example.com": pair("bob"), key: pair()})
    assert home.login(registry) == ANN
    assert home.login("ghcr.example.com") == Login()


def test_the_name_goes_before_an_address(home: Home) -> None:
    """Whichever was written first."""
    home.settings(auths={"https://ghcr.io/v1/": pair("old"), "ghcr.io": pair()})
    assert home.login() == ANN


def test_a_password_may_hold_colons_and_any_letter(home: Home) -> None:
    """The first colon ends the user."""
    home.settings(auths={"ghcr.io": pair("ann", "a:b:ä")})
    assert home.login() == Login("ann", "a:b:ä")


def test_settings_lie_where_docker_config_says(home: Home, tmp_path: Path) -> None:
    """As for docker."""
    home.settings(auths={"ghcr.io": pair("bob")})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text(json.dumps({"auths": {"ghcr.io": pair()}}), "utf-8")
    home.environment["DOCKER_CONFIG"] = str(tmp_path / "other")
    assert home.login() == ANN


def test_a_helper_is_asked_by_its_input_alone(home: Home) -> None:
    """What it is asked for is no argument, which others could read."""
    home.settings(credsStore="x", auths={"ghcr.io": {}})
    home.helper(answers())
    assert (home.login(), home.asked()) == (ANN, ["get: ghcr.io"])
    assert home.login("docker.io") == ANN
    assert home.asked()[1:] == [f"get: {HUB}"]


def test_a_registrys_own_helper_goes_before_the_one_of_all(home: Home) -> None:
    """Which is asked for the others."""
    home.settings(credsStore="y", credHelpers={"ghcr.io": "x"})
    home.helper(answers())
    home.helper(answers("bob"), "y")
    assert (home.login(), home.login("example.com")) == (ANN, Login("bob", PASSWORD))


@pytest.mark.parametrize(
    "script", ["echo 'credentials not found in native keychain'; exit 1", answers("", "")], ids=["unknown", "empty"]
)
def test_what_a_helper_does_not_know_may_stand_in_the_file(home: Home, script: str) -> None:
    """Or nowhere."""
    home.settings(credsStore="x", auths={"ghcr.io": pair()})
    home.helper(script)
    assert (home.login(), home.login("example.com")) == (ANN, Login())


def test_a_helper_that_is_not_there_is_said(home: Home) -> None:
    """Its name, who wants it, and what to do."""
    home.settings(credHelpers={"ghcr.io": "x"})
    assert home.problem() == (
        f"docker-credential-x, which {home.folder}/config.json names for ghcr.io, cannot be run (No such file or "
        "directory); put it in order, or log in again: docker login ghcr.io"
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (f"echo {PASSWORD}; echo 'the store\n is locked' >&2; exit 2", "ended with 2 (the store is locked)"),
        (f"echo {PASSWORD}; exit 1", "ended with 1; put it in order"),
        (f"echo {PASSWORD}", "answered with something else than a user and a secret"),
        (f"echo '[\"{PASSWORD}\"]'", "answered with something else than a user and a secret"),
    ],
)
def test_a_helper_that_fails_is_said_and_what_it_printed_is_not(home: Home, script: str, said: str) -> None:
    """Its output is where passwords come."""
    home.settings(credsStore="x")
    home.helper(script)
    assert said in home.problem()


def test_a_helper_that_waits_for_somebody_is_not_waited_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may ask a person to unlock something, who is not there."""
    monkeypatch.setattr("pipeline.host.credentials._PATIENCE", 0.1)
    home.settings(credsStore="x")
    home.helper("exec sleep 20")
    assert "gave no answer within 0.1 s" in home.problem()


@pytest.mark.parametrize("name", ["../x", "", 7, ["x"]])
def test_what_is_no_name_of_a_helper_is_not_run(home: Home, name: object) -> None:
    """Nothing but a program of that name on PATH; an empty name is none."""
    home.settings(credHelpers={"ghcr.io": name})
    if not name:
        assert home.login() == Login()
    else:
        assert f"has {name!r} for the name of a credential helper" in home.problem()


def test_identity_tokens_are_refused_with_what_does_instead(home: Home) -> None:
    """They are exchanged in a way of their own, which only docker goes."""
    home.settings(auths={"ghcr.io": pair("", "") | {"identitytoken": PASSWORD}})
    assert f"{home.folder}/config.json keeps an identity token for ghcr.io" in home.problem()
    home.settings(credsStore="x")
    home.helper(answers("<token>"))
    assert "docker login --username NAME ghcr.io" in home.problem()


@pytest.mark.parametrize("raw", ["%%%", base64.b64encode(PASSWORD.encode()).decode(), "/w==", 7])
def test_an_entry_that_cannot_be_read_is_said_and_not_shown(home: Home, raw: object) -> None:
    """Half of it may be the password."""
    home.settings(auths={"ghcr.io": {"auth": raw}})
    assert home.problem().endswith(
        "no user and password for ghcr.io that can be read; log in again: docker login ghcr.io"
    )


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff", '{"auths": []}', "[" * 100_000])
def test_a_file_that_docker_did_not_write_is_said(home: Home, text: str) -> None:
    """With its path."""
    (home.folder / "config.json").write_bytes(text.encode("latin-1"))
    if text == '{"auths": []}':
        assert home.login() == Login()
    else:
        assert home.problem().startswith(f"{home.folder}/config.json is no JSON object")


def test_sections_of_another_form_are_said(home: Home) -> None:
    """Each by its name."""
    home.settings(auths=[PASSWORD])
    assert home.problem().startswith(f"auths of {home.folder}/config.json is no JSON object")
    home.settings(credHelpers="x")
    assert home.problem().startswith("credHelpers of ")


def test_a_file_that_cannot_be_read_is_said(home: Home) -> None:
    """A folder in its place stands for one of somebody else."""
    (home.folder / "config.json").mkdir()
    assert "config.json cannot be read (Is a directory)" in home.problem()


def test_a_login_does_not_show_its_password() -> None:
    """Where it is printed by whoever looks for a mistake."""
    assert PASSWORD not in repr(ANN)


def test_the_token_for_github_comes_from_the_environment() -> None:
    """That of a workflow goes before that of a person; blank is none."""
    assert token({}) == ""
    assert token({"GH_TOKEN": "b"}) == "b"
    assert token({"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}) == "a"
    assert token({"GITHUB_TOKEN": " \n", "GH_TOKEN": "b\n"}) == "b"
