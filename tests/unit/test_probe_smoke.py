"""smoke.mjs, run as it is on a server of a few lines: this machine's root file system, read-only, is its image."""

# ruff: noqa: ANN401 - the plan of a probe is JSON

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.resources import as_file, files
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
$SIG{TERM} = $mode eq "deaf" ? "IGNORE" : sub { exit 0 };
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 9, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
  my ($path) = <$client> =~ m{^GET (\S+)};
  while (<$client>) { last if /^\r?\n$/ }
  my $status = $path eq "/health" ? $health : $path eq "/moved" ? "302 Found\r\nLocation: /" : "404 Not Found";
  print $client "HTTP/1.1 $status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  close $client;
}
"""

# In a mount namespace of its own: the machine's root, read-only, at the path of the image.
MOUNTED = 'mount --rbind / "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'


class Probe:
    """The program on an image that runs the server."""

    def __init__(self, node: str, folder: Path) -> None:
        """Everybody may read the folder: the server does not run as root."""
        self.node, self.folder = node, folder
        (folder / "img").mkdir()
        (folder / "server.pl").write_text(SERVER, "utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])

    def run(self, mode: str = "", health: str = "200 OK", **changed: Any) -> dict[str, Any]:
        """Run the server in a mode, with changes to the plan by name."""
        plan = {
            "root": str(self.folder / "img"),
            "command": ["/usr/bin/perl", str(self.folder / "server.pl"), str(self.port), health, mode],
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
        with as_file(files("pipeline.nodes.probes").joinpath("smoke.mjs")) as program:
            probe = [self.node, str(program), json.dumps(plan | changed)]
            unshare = ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", str(plan["root"]), *probe]
            done = subprocess.run(unshare, check=True, capture_output=True, text=True, timeout=60)
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
    """All that a verdict needs: status, times, answers without following redirects, peak memory, exit code."""
    found = probe.run(requests=[{"path": "/moved"}, {"path": "/nope"}], check=["/usr/bin/perl", "-e", "exit 0"])
    assert (found["status"], found["check"], found["code"], found["writable"]) == (200, 0, 0, False)
    assert found["answers"] == [{"path": "/moved", "status": 302}, {"path": "/nope", "status": 404}]
    assert 0 <= found["healthy"] <= 2000
    assert 0 <= found["stopped"] <= 1000
    assert found["memory"] > 1_000_000


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


def test_a_process_that_ignores_sigterm_is_killed(probe: Probe) -> None:
    """It has no time to stop and no exit code, and nothing is left behind."""
    found = probe.run("deaf")
    assert found["healthy"] >= 0
    assert not {"stopped", "code"} & found.keys()
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", probe.port)) != 0


def test_a_server_that_answers_badly_is_not_waited_for(probe: Probe) -> None:
    """A wrong status is an answer; only silence needs patience."""
    found = probe.run(health="500 Oops", patience=60_000)
    assert found["status"] == 500
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
