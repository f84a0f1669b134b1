"""Time, processor and memory that something takes.

The work is done in daemons, which are no children of what is called. So the whole machine is measured: whoever runs
this leaves it alone meanwhile.
"""

import dataclasses
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_STAT: Final = Path("/proc/stat")
_MEMINFO: Final = Path("/proc/meminfo")

_PERIOD: Final = 0.1
"""Seconds between two looks at the memory."""

_PATIENCE: Final = 60
_CALM: Final = 0.05
"""Seconds that what came before has to be over, and the share of all cores below which it is."""


_STEPS: Final = 2_000_000
"""Of the computation that tells how fast the machine is: some tenths of a second."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """Seconds that went by, seconds that cores worked, and bytes by which the free memory fell at most.

    `pace` is the time that one core took for a computation right before: it is the same each time, machines are not.
    """

    seconds: float
    cpu: float
    memory: int
    pace: float


def measured(work: Callable[[], object]) -> Reading:
    """Do the work, and say what it took of the machine."""
    pace = _pace()
    with _watched() as memory:
        worked, begun = _busy_seconds(), time.perf_counter()
        work()
        seconds = time.perf_counter() - begun
        cpu = _busy_seconds() - worked
    return Reading(seconds=seconds, cpu=cpu, memory=memory.fallen, pace=pace)


def settle() -> None:
    """Wait until what came before is written to disk and nothing works any longer; after a while go on all the same."""
    os.sync()
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        before = _busy_seconds()
        time.sleep(1)
        if _busy_seconds() - before < _CALM * (os.cpu_count() or 1):
            return


def busy(stat: str) -> int:
    """Clock ticks in which a core worked, from /proc/stat: not those that it idled, waited for disks, or was not given.

    The kernel counts those of guests as a user's, too.
    """
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, stat.partition("\n")[0].split()[1:])
    return user + nice + system + irq + softirq


def available(meminfo: str) -> int:
    """Bytes that programs have not taken, from /proc/meminfo: what files hold counts as available.

    A cache of files can be had back; files in memory (tmpfs) are where a contender may keep what it keeps.
    """
    return _line(meminfo, "MemAvailable") + _line(meminfo, "Shmem")


def total(meminfo: str) -> int:
    """Bytes of memory that there are."""
    return _line(meminfo, "MemTotal")


@dataclasses.dataclass
class _Memory:
    """What was free at first, and at worst."""

    first: int
    lowest: int

    @property
    def fallen(self) -> int:
        return self.first - self.lowest

    def look(self) -> None:
        self.lowest = min(self.lowest, _free())


@contextmanager
def _watched() -> Iterator[_Memory]:
    """Look at the memory all the while."""
    memory, over = _Memory(free := _free(), free), threading.Event()

    def watch() -> None:
        while not over.wait(_PERIOD):
            memory.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield memory
        memory.look()
    finally:
        over.set()
        watcher.join()


def _line(meminfo: str, name: str) -> int:
    (kibibytes,) = re.findall(rf"^{name}:\s+(\d+) kB$", meminfo, re.MULTILINE)
    return int(kibibytes) * 1024


def _pace() -> float:
    begun = time.perf_counter()
    for _ in range(_STEPS):
        pass
    return time.perf_counter() - begun


def _free() -> int:
    return available(_MEMINFO.read_text("ascii"))


def _busy_seconds() -> float:
    return busy(_STAT.read_text("ascii")) / os.sysconf("SC_CLK_TCK")
