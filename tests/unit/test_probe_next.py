"""next.mjs: what of a build ships, and where it lies."""

import shutil
import subprocess

import pytest

from .next_project import STANDALONE, Project, succeeds


def test_a_standalone_site_ships_without_what_only_a_build_needs(project: Project) -> None:
    """No source map, no test, no cache; what is public and static is where the server looks for it."""
    for name in ("a.js.map", "a.test.js", "a.spec.mjs", ".next/cache/x", ".next/server/app.js", "a.testing.js"):
        project.write(f"traced/{name}")
    project.write("public/robots.txt")
    succeeds(project.build())
    assert project.ships("site") == {
        "server.js",
        ".next/server/app.js",
        ".next/static/a.js",
        "a.testing.js",
        "public/robots.txt",
    }
    assert project.ships(f"modules/{project.other}") == {"node_modules/next/package.json"}


# The compiler cannot read what it finds: it says so with a file, and does without when it is started again.
BROKEN = """\
if [ -e .next/cache/turbopack/db ]; then touch .next/cache/turbopack/__turbo_tasks_invalidated_db; exit 7; fi
"""


@pytest.mark.parametrize(
    "ends", [BROKEN, "[ ! -e .next/cache/turbopack/db ] || kill -9 $$\n"], ids=["says so", "killed"]
)
def test_a_cache_that_the_compiler_fails_over_is_thrown_away(project: Project, ends: str) -> None:
    """And the site built anew, which the log says."""
    project.write("build", ends + STANDALONE)
    project.write(".next/cache/turbopack/db")
    done = project.build()
    succeeds(done)
    assert "the compiler gave up on its cache" in done.stderr
    assert project.commands[:2] == ["run build", "run build"]
    assert cached(project) == {".open"}


def cached(project: Project) -> set[str]:
    """What lies in the cache folder of a build."""
    return {path.name for path in (project.root / ".next/cache").iterdir()}


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        (".env", ".closed"),
        ("packages/a/.env.production", ".closed"),
        (".env.example", ".open"),
        ("node_modules/a/.env", ".open"),
    ],
)
def test_a_cache_says_whether_files_of_variables_were_there(project: Project, name: str, mark: str) -> None:
    """The compiler may have written what they say into it."""
    project.write(name)
    succeeds(project.build())
    assert cached(project) == {mark}


@pytest.mark.parametrize(("user", "mark"), [("me:secret@", ".closed"), ("", ".open")])
def test_a_cache_says_whether_a_proxy_has_a_user(project: Project, user: str, mark: str) -> None:
    """An engine hands its own proxy on to what it runs."""
    project.environment["HTTPS_PROXY"] = f"http://{user}proxy.example.com"
    succeeds(project.build())
    assert cached(project) == {mark}


@pytest.mark.parametrize("after", ["exit 7", "touch .next/cache/turbopack/__turbo_tasks_invalidated_db; exit 7"])
def test_a_build_that_fails_for_itself_fails(project: Project, after: str) -> None:
    """Once where the cache is whole, twice where it was not."""
    project.write("build", after)
    project.write(".next/cache/turbopack/db")
    assert project.build().returncode == 7
    assert len(project.commands) == 1 + ("touch" in after)


def test_a_folder_public_is_optional(project: Project) -> None:
    """Many applications have none."""
    succeeds(project.build())
    assert project.ships("site") == {"server.js", ".next/static/a.js"}


def test_the_server_of_a_workspace_is_found_deeper(project: Project) -> None:
    """In a monorepo the server lies under the folder of its package, and server.js at the top still starts it."""
    project.write("build", STANDALONE + " && rm .next/standalone/server.js")
    project.write("traced/apps/web/server.js", "listen()")
    project.write("traced/apps/web/node_modules/react/package.json", {})
    project.write("public/robots.txt")
    succeeds(project.build())
    assert (project.out / "site/server.js").read_text("utf-8") == 'import("./apps/web/server.js");\n'
    assert {"apps/web/server.js", "apps/web/public/robots.txt", "apps/web/.next/static/a.js"} < project.ships("site")
    assert project.ships(f"modules/{project.arch}") == {
        "node_modules/next/package.json",
        "apps/web/node_modules/react/package.json",
    }


def test_nothing_is_installed_again_where_nothing_is_native(project: Project) -> None:
    """The JavaScript is built once, and its packages serve every platform."""
    succeeds(project.build())
    assert project.commands == ["run build"]


def test_a_package_may_hold_a_package_json_that_is_none(project: Project) -> None:
    """Packages that read package.json ship broken ones among their own tests."""
    project.write("traced/node_modules/resolve/fixtures/package.json", "{")
    succeeds(project.build())


@pytest.mark.parametrize("kind", ["module", "commonjs"])
def test_the_server_of_a_workspace_starts_whatever_kind_of_module_it_is(project: Project, kind: str) -> None:
    """`require` would not be there in an application of type module."""
    project.write("build", STANDALONE + " && rm .next/standalone/server.js")
    project.write("traced/package.json", {"type": kind})
    project.write("traced/apps/web/server.js", "console.log('listening');")
    succeeds(project.build())
    server = [project.node, str(project.out / "site/server.js")]
    assert subprocess.run(server, check=True, capture_output=True, text=True).stdout == "listening\n"


def test_files_of_environment_never_ship(project: Project) -> None:
    """Next.js copies them beside the server, and what they hold is for the build's eyes."""
    names = (".env", ".env.production", ".env.production.local", "apps/web/.env", "node_modules/next/.env.test")
    for name in (*names, "environment.js", "a.env"):
        project.write(f"traced/{name}")
    succeeds(project.build())
    assert project.ships("site") == {"server.js", ".next/static/a.js", "environment.js", "a.env"}
    assert project.ships(f"modules/{project.arch}") == {"node_modules/next/package.json"}


WHOLE = "mkdir -p .next/server && echo 1 > .next/server/app.js && echo 1 > .next/BUILD_ID"


@pytest.mark.parametrize(
    ("manager", "command"),
    [("npm", "prune --omit=dev --ignore-scripts"), ("pnpm", "prune --prod --ignore-scripts")],
)
def test_without_standalone_output_production_dependencies_ship(project: Project, manager: str, command: str) -> None:
    """What Next.js wrote, `public`, the configuration, and of the packages that are there those for production."""
    project.write("build", WHOLE)
    packages = ("node_modules/dev-eslint/package.json", "node_modules/next/package.json")
    for name in ("next.config.mjs", "public/robots.txt", "src/page.tsx", ".env", *packages):
        project.write(name, "{}")
    succeeds(project.build(manager=[manager]))
    assert project.ships("site") == {
        ".next/BUILD_ID",
        ".next/server/app.js",
        "next.config.mjs",
        "package.json",
        "public/robots.txt",
        "server.js",
    }
    assert project.ships(f"modules/{project.other}") == {"node_modules/next/package.json"}
    assert project.commands == ["run build", command]


def test_without_standalone_output_the_server_is_next_start(project: Project) -> None:
    """Of the packages that the image holds."""
    project.write("build", WHOLE)
    project.write("node_modules/next/package.json", {})
    project.write("node_modules/next/dist/bin/next", "console.log(process.argv.slice(2));")
    succeeds(project.build())
    shutil.copytree(project.out / f"modules/{project.arch}/node_modules", project.out / "site/node_modules")
    server = [project.node, str(project.out / "site/server.js")]
    assert subprocess.run(server, check=True, capture_output=True, text=True).stdout == "[ 'start' ]\n"


def test_a_build_that_wrote_nothing_is_an_error(project: Project) -> None:
    """In a monorepo `npm run build` may build another package."""
    project.write("build", "mkdir -p apps/web/.next && echo 1 > apps/web/.next/BUILD_ID")
    done = project.build()
    assert done.returncode == 1
    assert done.stderr == (
        "pipeline-error: `npm run build` left no .next here: is the application in another folder?\n"
    )


def test_a_failing_build_ends_with_its_exit_code_and_its_own_words(project: Project) -> None:
    """Nothing of this program's stands between the tool's message and the reader."""
    project.write("build", "echo 'Type error: x' >&2; exit 3")
    done = project.build()
    assert (done.returncode, done.stderr) == (3, "Type error: x\n")


def test_modes_of_a_umask_make_no_other_image(project: Project) -> None:
    """Who may write is no matter of the source: of its modes git keeps the executable bit alone."""
    project.write("build", STANDALONE)
    project.write("traced/server.js")
    project.write("public/run.sh")
    (project.root / "public" / "run.sh").chmod(0o775)
    (project.root / "public").chmod(0o2775)
    (project.root / "traced" / "server.js").chmod(0o664)
    project.build()
    site = project.out / "site"
    assert {path.relative_to(site).as_posix(): oct(path.stat().st_mode & 0o777) for path in site.glob("[ps]*/*")} == {
        "public/run.sh": "0o755"
    }
    assert oct((site / "server.js").stat().st_mode & 0o777) == "0o644"
    assert oct((site / "public").stat().st_mode & 0o777) == "0o755"
