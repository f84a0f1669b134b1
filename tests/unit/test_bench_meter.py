"""What the comparison reads of the machine."""

import time

from bench.compare import machine, meter

STAT = """\
cpu  100 20 30 4000 500 6 7 800 9 1
cpu0 50 10 15 2000 250 3 3 400 5 0
intr 1 2 3
"""

MEMINFO = """\
MemTotal:       24684092 kB
MemFree:        11307596 kB
MemAvailable:   21776076 kB
Buffers:          184920 kB
Shmem:              1024 kB
"""


def test_cores_that_idle_wait_or_are_not_given_do_not_work() -> None:
    """User, nice, system and interrupts count, those of guests once."""
    assert meter.busy(STAT) == 100 + 20 + 30 + 6 + 7


def test_memory_is_read_by_its_name() -> None:
    """What can be had, not what is unused; files in memory are no program's."""
    assert meter.available(MEMINFO) == (21776076 + 1024) * 1024
    assert meter.total(MEMINFO) == 24684092 * 1024


def test_work_is_measured() -> None:
    """Its time, and what cores did of it."""

    def work() -> None:
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass

    reading = meter.measured(work)
    assert reading.seconds >= 0.1
    assert reading.cpu >= 0.05
    assert reading.memory >= 0


def test_a_kernel_is_told_by_its_number_alone() -> None:
    """What follows may be the name of a machine."""
    assert machine.number("6.12.43-acme-lab7") == "6.12.43"
    assert machine.processor("processor : 0\nmodel name\t: AMD EPYC 9554 \n") == "AMD EPYC 9554"
