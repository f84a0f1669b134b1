"""smoke.mjs, run as it is on a server of a few lines: this machine's root file system, read-only, is its image."""

# ruff: noqa: ANN401 - the plan of a probe is JSON

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

# Perl is what the probe itself needs of an image, so a server in it runs wherever the probe does.
SERVER = r"""
use IO::Socket::INET; use POSIX ();
my ($port, $health, $mode) = @ARGV;
$| = 1;
print "uid $> gid $) cwd ", POSIX::getcwd(), " env $ENV{GREETING}\n";
exit 3 if $mode eq "crash";
if ($mode eq "silent") { sleep 60 }
my %handlers = (deaf => "IGNORE", careless => "DEFAULT", stubborn => sub { });
$SIG{TERM} = $handlers{$mode} // sub { exit 0 };
my $address = $mode eq "inward" ? "127.0.0.1" : "0.0.0.0";
my $server = IO::Socket::INET->new(LocalAddr => $address, LocalPort => $port, Listen => 9, ReuseAddr => 1) or die $!;
my $starting = $mode eq "starting" ? 5 : 0;
while (1) {
  my $client = $server->accept or next;
  my ($path) = <$client> =~ m{^GET (\S+)};
  while (<$client>) { last if /^\r?\n$/ }
  my $status = $path eq "/health" ? $health : $path eq "/moved" ? "302 Found\r\nLocation: /health" : "404 Not Found";
  $status = "503 Not Yet" if $starting-- > 0;
  print $client "HTTP/1.1 $status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  close $client;
  exit 4 if $mode eq "brief";
}
"""

# A command that ends well, and leaves the server time to end.
WELL = ["/usr/bin/perl", "-e", "select undef, undef, undef, 0.3"]

OUTWARD = """Object.values(os.networkInterfaces()).flat().some((n) => !n.internal && n.family === "IPv4")"""

# In a mount namespace of its own: the machine's root, read-only, at the path of the image.
MOUNTED = 'mount --rbind / "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'


class Probe:
    """The program on an image that runs the server."""

    def __init__(self, node: str, folder: Path) -> None:
        """Everybody may read the folder: the server does not run as root."""
        self.node, self.folder, self.answer, self.code = node, folder, 5000, 0
        (folder / "img").mkdir()
        (folder / "server.pl").write_text(SERVER, "utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])

    def run(self, mode: str = "", status: str = "200 OK", **changed: Any) -> dict[str, Any]:
        """Run the server in a mode, with changes to the plan by name."""
        plan = {
            "root": str(self.folder / "img"),
            "command": ["/usr/bin/perl", str(self.folder / "server.pl"), str(self.port), status, mode],
            "user": "65532:65532",
            "directory": "/usr",
            "environment": {"GREETING": "hello", "PATH": "/usr/bin:/bin"},
            "check": [],
            "port": self.port,
            "health": "/health",
            "requests": [],
            "patience": 2000,
            "grace": 1000,
        }
        source = files("pipeline.nodes.probes").joinpath("smoke.mjs").read_text("utf-8")
        assert "const ANSWER = 5000;" in source
        program = self.folder / "smoke.mjs"
        program.write_text(source.replace("const ANSWER = 5000;", f"const ANSWER = {self.answer};"), "utf-8")
        probe = [self.node, str(program), json.dumps(plan | changed)]
        unshare = ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", str(plan["root"]), *probe]
        done = subprocess.run(unshare, check=False, capture_output=True, text=True, timeout=60)
        self.code = done.returncode
        return dict(json.loads(done.stdout))


@pytest.fixture
def probe(node: str) -> Iterator[Probe]:
    """The program, where this process may mount and change the root."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("smoke.mjs: left out, only root may change the root of a process")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Probe(node, Path(folder))


def test_a_good_image_is_healthy_answers_and_stops(probe: Probe) -> None:
    """All that a verdict needs: status, times, answers without following redirects, peak memory, and no exit code."""
    found = probe.run(requests=[{"path": "/moved"}, {"path": "/nope"}], check=WELL)
    assert (found["status"], found["check"], found["handles"], found["writable"]) == (200, 0, True, False)
    assert found["answers"] == [{"path": "/moved", "status": 302}, {"path": "/nope", "status": 404}]
    assert probe.code == 0
    assert 0 <= found["healthy"] <= 2000
    assert 0 <= found["stopped"] <= 1000
    assert found["memory"] > 1_000_000
    assert "code" not in found


def test_the_process_runs_as_the_image_says(probe: Probe) -> None:
    """Its user without other groups, its working directory, its environment and nothing of the probe's."""
    assert probe.run()["log"] == "uid 65532 gid 65532 65532 cwd /usr env hello\n"


@pytest.mark.parametrize(("user", "ids"), [("nobody", "uid 65534 gid 65534"), ("nobody:0", "uid 65534 gid 0")])
def test_names_of_users_are_those_of_the_image(probe: Probe, user: str, ids: str) -> None:
    """A name is looked up in the image's own /etc/passwd, its group too."""
    assert probe.run(user=user)["log"].startswith(ids)


def test_a_failing_health_check_command_is_told(probe: Probe) -> None:
    """The image's HEALTHCHECK runs inside, beside the server, and its exit code is kept."""
    assert probe.run(check=["/usr/bin/perl", "-e", "exit 7"])["check"] == 7


def test_a_health_check_command_that_hangs_is_given_up(probe: Probe) -> None:
    """The server is asked and stopped all the same."""
    probe.answer = 300
    found = probe.run(check=["/usr/bin/perl", "-e", "sleep 60"], requests=[{"path": "/nope"}])
    assert found["check"] == "no answer"
    assert probe.code == 3
    assert (found["answers"], found["stopped"] >= 0) == ([{"path": "/nope", "status": 404}], True)


def test_a_process_that_ignores_sigterm_is_killed(probe: Probe) -> None:
    """It has no handler, no time to stop and no exit code, and nothing is left behind."""
    found = probe.run("deaf")
    assert found["healthy"] >= 0
    assert found["handles"] is False
    assert not {"stopped", "code"} & found.keys()
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", probe.port)) != 0


def test_a_process_that_goes_on_after_sigterm_is_killed(probe: Probe) -> None:
    """A handler alone stops nothing."""
    found = probe.run("stubborn")
    assert found["handles"] is True
    assert not {"stopped", "code"} & found.keys()


def test_a_process_without_a_handler_stops_here_and_is_told(probe: Probe) -> None:
    """As PID 1 of a container it would not: there the signal is kept from it."""
    found = probe.run("careless")
    assert (found["handles"], "stopped" in found, "code" in found) == (False, True, False)


def test_a_process_that_ends_after_it_was_healthy_is_told_by_its_exit_code(probe: Probe) -> None:
    """It did not stop: it ended by itself."""
    found = probe.run("brief", check=WELL)
    assert (found["status"], found["code"]) == (200, 4)
    assert found["healthy"] >= 0
    assert "stopped" not in found


def test_a_server_that_is_not_ready_yet_is_waited_for(probe: Probe) -> None:
    """503 is what a server answers while it loads."""
    found = probe.run("starting")
    assert found["status"] == 200
    assert found["healthy"] >= 0


def test_a_server_that_never_answers_well_is_given_up(probe: Probe) -> None:
    """When the patience is over, with the last status."""
    found = probe.run(status="500 Oops", patience=300)
    assert found["status"] == 500
    assert not {"healthy", "code", "stopped"} & found.keys()


def test_the_health_path_may_redirect(probe: Probe) -> None:
    """What counts is what lies at the end."""
    found = probe.run(health="/moved")
    assert found["status"] == 200
    assert found["healthy"] >= 0


def test_a_server_that_listens_on_the_loopback_alone_is_not_reached(probe: Probe) -> None:
    """It would serve nobody outside of its container."""
    asked = subprocess.run([probe.node, "-p", OUTWARD], check=True, capture_output=True, text=True)
    if asked.stdout != "true\n":
        pytest.skip("smoke.mjs: one test left out, there is no address but the loopback's")
    found = probe.run("inward", patience=300)
    assert found["status"] == "ECONNREFUSED"
    assert "healthy" not in found


def test_nobody_who_listens_is_told_by_the_network_error(probe: Probe) -> None:
    """After the patience is over, the process is killed."""
    found = probe.run("silent", patience=300)
    assert found["status"] == "ECONNREFUSED"
    assert not {"healthy", "code"} & found.keys()


def test_a_process_that_ends_at_once_is_told_by_its_exit_code_and_log(probe: Probe) -> None:
    """Its own words are the best explanation."""
    found = probe.run("crash")
    assert found["code"] == 3
    assert found["log"].endswith("env hello\n")
    assert "healthy" not in found


def test_a_command_that_is_not_there_is_an_early_end(probe: Probe) -> None:
    """The log says which."""
    found = probe.run(command=["/no/such/program"])
    assert found["code"] not in {0, None}
    assert "/no/such/program: No such file or directory" in found["log"]
