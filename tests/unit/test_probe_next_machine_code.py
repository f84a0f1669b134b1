"""next.mjs and machine code: each image holds that of its own processor, or there is no image."""

import pytest

from .next_project import Project, succeeds

# e_machine of the ELF header: the processor, as elf.h numbers it.
MACHINES = {"x64": 62, "arm64": 183}


def elf(cpu: str) -> bytes:
    """The beginning of a library for a processor."""
    return b"\x7fELF\2\1\1".ljust(18, b"\0") + MACHINES[cpu].to_bytes(2, "little") + bytes(44)


def test_native_packages_are_those_of_each_platform(project: Project) -> None:
    """Machine code for the processor that the image is for, from the same lock file, and the rest shared."""
    for top, cpu in (("traced/node_modules", project.arch), (f"lock/{project.other}", project.other)):
        project.write(f"{top}/@img/sharp-linux-{cpu}/package.json", {"cpu": [cpu]})
        project.write(f"{top}/@img/sharp-linux-{cpu}/sharp.node", elf(cpu))
    succeeds(project.build(install=["--legacy-peer-deps"]))
    for cpu in (project.arch, project.other):
        assert project.ships(f"modules/{cpu}") == {
            "node_modules/next/package.json",
            f"node_modules/@img/sharp-linux-{cpu}/package.json",
            f"node_modules/@img/sharp-linux-{cpu}/sharp.node",
        }
    platform = f"--omit=dev --ignore-scripts --os=linux --cpu={project.other} --libc=glibc"
    assert project.commands == ["run build", f"ci {platform} --legacy-peer-deps"]
    assert project.ships("site") == {"server.js", ".next/static/a.js"}


def test_a_native_package_without_a_counterpart_is_an_error(project: Project) -> None:
    """An image with another processor's machine code would start and then fail."""
    project.write(f"traced/node_modules/@img/sharp-linux-{project.arch}/package.json", {"cpu": [project.arch]})
    project.write(f"lock/{project.other}/next/package.json", {})
    done = project.build()
    assert done.returncode == 1
    assert f"pipeline-error: node_modules/@img/sharp-linux-{project.arch} has no counterpart for" in done.stderr


def test_a_native_package_stays_where_only_this_processor_is_built_for(project: Project) -> None:
    """Nothing is installed again."""
    project.write(f"traced/node_modules/@img/sharp-linux-{project.arch}/package.json", {"cpu": [project.arch]})
    project.write(f"traced/node_modules/@img/sharp-linux-{project.arch}/sharp.node", elf(project.arch))
    succeeds(project.build(cpus=[project.arch]))
    assert f"node_modules/@img/sharp-linux-{project.arch}/sharp.node" in project.ships(f"modules/{project.arch}")
    assert project.commands == ["run build"]


@pytest.mark.parametrize("name", ["bcrypt/build/Release/bcrypt.node", "@a/b/lib/libx.so", "@a/b/lib/libx.so.42.1"])
def test_machine_code_of_another_processor_is_refused_with_its_path(project: Project, name: str) -> None:
    """What a package compiled for itself has no counterpart: such an image is built for this processor alone."""
    project.write(f"traced/node_modules/{name}", elf(project.arch))
    done = project.build()
    assert done.returncode == 1
    assert done.stderr == (
        f"pipeline-error: node_modules/{name} is machine code of another processor than {project.other}: "
        f"build for {project.arch} alone\n"
    )
    succeeds(project.build(cpus=[project.arch]))


def test_machine_code_that_a_lock_file_brings_for_the_wrong_processor_is_refused(project: Project) -> None:
    """A package's name is a promise; the file says what it is."""
    for top, cpu in (("traced/node_modules", project.arch), (f"lock/{project.other}", project.other)):
        project.write(f"{top}/x-{cpu}/package.json", {"cpu": [cpu]})
        project.write(f"{top}/x-{cpu}/x.node", elf(project.arch))
    done = project.build()
    assert f"pipeline-error: node_modules/x-{project.other}/x.node is machine code of another" in done.stderr


def test_machine_code_that_is_chosen_when_it_runs_may_be_of_any_processor(project: Project) -> None:
    """Packages with `prebuilds` bring one library a processor and load the right one."""
    for cpu in (project.arch, project.other):
        project.write(f"traced/node_modules/a/prebuilds/linux-{cpu}/a.node", elf(cpu))
    succeeds(project.build())
    assert len(project.ships(f"modules/{project.other}")) == 3


@pytest.mark.parametrize("content", ["", "{}", "\x7fEL", b"MZ" + bytes(64)])
def test_what_is_no_machine_code_of_linux_is_left_alone(project: Project, content: object) -> None:
    """A name that ends in .node says little: settings of compilers and libraries of other systems are called so."""
    for name in ("tsconfig.node.json", "a.node", "b.so"):
        project.write(f"traced/node_modules/a/{name}", content)
    succeeds(project.build())
    assert len(project.ships(f"modules/{project.other}")) == 4


def test_pnpm_exchanges_nothing(project: Project) -> None:
    """Packages that only declare a processor ship as they are; machine code is refused."""
    package = f"node_modules/x-{project.arch}"
    project.write(f"traced/{package}/package.json", {"cpu": [project.arch]})
    succeeds(project.build(manager=["pnpm"]))
    assert project.commands == ["run build"]
    project.write(f"traced/{package}/x.node", elf(project.arch))
    done = project.build(manager=["pnpm"])
    assert f"pipeline-error: {package}/x.node is machine code of another processor" in done.stderr
