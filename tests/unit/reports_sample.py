"""Reports as a check makes them: passing, failing, with names that attack whoever shows them, and empty."""

import dataclasses
import datetime as dt
import hashlib
from typing import Final

from pipeline.policy.databases import Database
from pipeline.policy.findings import Finding, Kind, Severity
from pipeline.policy.gates import Judged, Standing, Verdict
from pipeline.policy.results import Case, Outcome, Report, Result, Tests
from pipeline.policy.sizes import Layer, Measured
from pipeline.report.checks import test_problem
from pipeline.report.findings import verdict_problems

AMD, ARM = "linux/amd64", "linux/arm64"

CRYPTO: Final = Finding(
    kind=Kind.VULNERABILITY,
    id="CVE-2024-45337",
    severity=Severity.CRITICAL,
    package="golang.org/x/crypto",
    installed="v0.20.0",
    fixed="0.31.0",
    path="usr/local/bin/neuronip-api",
    title="golang.org/x/crypto/ssh: misuse of ServerConfig.PublicKeyCallback may lead to an authorization bypass",
    url="https://avd.aquasec.com/nvd/cve-2024-45337",
)
STDLIB: Final = Finding(
    kind=Kind.VULNERABILITY,
    id="CVE-2025-22871",
    severity=Severity.HIGH,
    package="stdlib",
    installed="v1.24.1",
    fixed="1.23.8, 1.24.2",
    path="usr/local/bin/neuronip-api",
    title="net/http: request smuggling due to acceptance of invalid chunked data",
    url="https://avd.aquasec.com/nvd/cve-2025-22871",
)
SECRET: Final = Finding(
    kind=Kind.SECRET,
    id="github-pat",
    severity=Severity.CRITICAL,
    path="app/.next/server/chunks/412.js",
    line=12,
    title="GitHub Personal Access Token",
)
SOURCE_MAP: Final = Finding(
    kind=Kind.FILE,
    id="source-map",
    severity=Severity.MEDIUM,
    path="app/.next/static/chunks/main.js.map",
    title="the source of the application, readable",
)
GLIBC: Final = Finding(
    kind=Kind.VULNERABILITY,
    id="CVE-2019-1010022",
    severity=Severity.CRITICAL,
    package="libc6",
    installed="2.41-12",
    title="glibc: stack guard protection bypass",
    url="https://avd.aquasec.com/nvd/cve-2019-1010022",
)
USER: Final = Finding(
    kind=Kind.MISCONFIGURATION,
    id="DS-0002",
    severity=Severity.HIGH,
    path="Dockerfile",
    title="Image user should not be 'root'",
    url="https://avd.aquasec.com/misconfig/ds002",
)
LICENCE: Final = Finding(
    kind=Kind.LICENSE, id="LGPL-3.0-or-later", severity=Severity.MEDIUM, package="@img/sharp-libvips-linux-x64"
)

DATABASE: Final = Database(
    reference="ghcr.io/aquasecurity/trivy-db:2",
    digest=f"sha256:{hashlib.sha256(b'database').hexdigest()}",
    updated=dt.datetime(2026, 11, 24, 6, 12, 9, tzinfo=dt.UTC),
)


def on(finding: Finding, standing: Standing, reason: str = "", targets: tuple[str, ...] = (AMD, ARM)) -> list[Judged]:
    """A finding on several platforms."""
    return [Judged(target=target, finding=finding, standing=standing, reason=reason) for target in targets]


def layer(seed: str, compressed: int, unpacked: int, content: str = "", base: bool = False) -> Layer:
    """A layer with a digest that follows from its name."""
    return Layer(f"sha256:{hashlib.sha256(seed.encode()).hexdigest()}", compressed, unpacked, content, base)


def api(platform: str, binary: int, seed: str = "1") -> Measured:
    """An image of a Go program on distroless."""
    base = [
        layer(f"tz{platform}", 510_000, 2_100_000, "usr/share/zoneinfo/tzdata.zi", base=True),
        layer(f"certs{platform}", 128_000, 236_000, "etc/ssl/certs/ca-certificates.crt", base=True),
        layer("passwd", 312, 2_560, "etc/passwd", base=True),
    ]
    return Measured(
        platform=platform,
        config={},
        layers=[*base, layer(f"api{platform}{seed}", binary // 3, binary, "usr/local/bin/neuronip-api")],
    )


def web(platform: str, modules: int, seed: str = "1") -> Measured:
    """An image of a Next.js server on distroless Node.js."""
    return Measured(
        platform=platform,
        config={},
        layers=[
            layer(f"libc{platform}", 5_900_000, 14_300_000, "usr/lib/x86_64-linux-gnu/libc.so.6", base=True),
            layer(f"certs{platform}", 128_000, 236_000, "etc/ssl/certs/ca-certificates.crt", base=True),
            layer(f"libstdc{platform}", 1_100_000, 2_900_000, "usr/lib/x86_64-linux-gnu/libstdc++.so.6", base=True),
            layer(f"node{platform}", 41_800_000, 118_200_000, "nodejs/bin/node", base=True),
            layer(f"modules{platform}{seed}", modules // 4, modules, "app/node_modules/sharp/build/Release/sharp.node"),
            layer(f"static{platform}{seed}", 2_400_000, 6_100_000, "app/.next/static/chunks/framework.js"),
            layer(f"server{platform}{seed}", 900_000, 2_800_000, "app/.next/server/app/page.js"),
        ],
    )


def suite(name: str, count: int, slow: float) -> list[Case]:
    """Tests that passed."""
    return [
        Case(suite=name, name=f"TestHandler/case_{n:02}", outcome=Outcome.PASSED, seconds=slow / (n + 1))
        for n in range(count)
    ]


WAIVER: Final = "the ingress in front of the API refuses chunked requests; until 1.24.2 is in the image"
GO: Final = "github.com/neuronip/neuronip/api/internal"
API_TESTS: Final = Tests(
    cases=[
        *suite(f"{GO}/documents", 62, 2.41),
        *suite(f"{GO}/search", 41, 0.93),
        *suite(f"{GO}/http", 33, 0.31),
        Case(suite=f"{GO}/http", name="TestWithDatabase", outcome=Outcome.NONE),
    ],
    coverage=0.8427,
)
WEB_TESTS: Final = Tests(
    cases=[
        *suite("src/components/search-box.test.tsx", 24, 0.44),
        *suite("src/lib/api.test.ts", 31, 0.12),
    ],
    coverage=0.713,
)


def row(stage: str, app: str, number: str, seconds: float, outcome: Outcome = Outcome.PASSED, *problems: str) -> Result:
    """A stage of an application."""
    return Result(stage=stage, app=app, outcome=outcome, number=number, seconds=seconds, problems=problems)


PASSING: Final = Report(
    created="2026-11-24T09:12:44+00:00",
    versions={"api": "1.4.0", "frontend": "1.4.0"},
    results=[
        row("lint", "api", "3 commands", 14.21),
        row("lint", "frontend", "2 commands", 21.87),
        row("test", "api", "136 passed, 1 skipped", 18.3),
        row("test", "frontend", "55 passed", 12.64),
        row("build", "api", "2 platforms", 41.9),
        row("build", "frontend", "2 platforms", 96.04),
        row("size", "api", "15.6 MB", 0.42),
        row("size", "frontend", "164.2 MB", 1.3),
        row("scan", "api", "2 findings", 9.66),
        row("scan", "frontend", "3 findings", 11.02),
        row("smoke", "api", "healthy after 63 ms", 3.1),
        row("smoke", "frontend", "healthy after 351 ms", 4.85),
    ],
    tests={"api": API_TESTS, "frontend": WEB_TESTS},
    verdicts={
        "api": Verdict(
            judged=[
                *on(
                    STDLIB,
                    Standing.WAIVED,
                    WAIVER,
                ),
                *on(GLIBC, Standing.UNFIXED),
            ],
            gone=on(CRYPTO, Standing.FAILS),
        ),
        "frontend": Verdict(
            judged=[*on(GLIBC, Standing.UNFIXED), *on(LICENCE, Standing.MINOR), *on(SOURCE_MAP, Standing.MINOR)],
            notes=["the waiver CVE-2024-21538 matches nothing; take it out"],
        ),
    },
    sizes={
        "api": [api(AMD, 13_261_000, "2"), api(ARM, 12_461_000, "2")],
        "frontend": [web(AMD, 19_700_000), web(ARM, 26_100_000)],
    },
    before={
        "api": [api(AMD, 12_610_000), api(ARM, 11_900_000)],
        "frontend": [web(AMD, 21_900_000, "0"), web(ARM, 26_100_000)],
    },
    against={"api": "ghcr.io/neuronip/api:1.3.2", "frontend": "ghcr.io/neuronip/frontend:1.3.2"},
    database=DATABASE,
)

BROKEN: Final = Case(
    suite=f"{GO}/search",
    name="TestRanking/prefers_titles",
    outcome=Outcome.FAILED,
    seconds=0.04,
    message='ranking_test.go:88: order = ["b" "a"], want ["a" "b"]\nranking_test.go:91: score of "a" is 0.31, not 0.5',
)
FAILING_API: Final = Verdict(
    judged=[
        *on(CRYPTO, Standing.FAILS),
        *on(STDLIB, Standing.WAIVED, WAIVER),
        *on(GLIBC, Standing.UNFIXED),
        *on(USER, Standing.KNOWN, targets=("source",)),
    ],
    problems=["the waiver CVE-2024-34156 expired on 2026-11-01; renew it with a reason, or update the package"],
)
FAILING_WEB: Final = Verdict(
    judged=[
        *on(SECRET, Standing.FAILS, targets=(AMD,)),
        *on(GLIBC, Standing.UNFIXED),
        *on(LICENCE, Standing.MINOR),
    ],
    gone=on(SOURCE_MAP, Standing.FAILS),
)
FAILING: Final = dataclasses.replace(
    PASSING,
    versions={"api": "1.4.1-dev.3+g413b839", "frontend": "1.4.1-dev.3+g413b839"},
    results=[
        row("lint", "api", "3 commands", 14.21),
        row(
            "lint",
            "frontend",
            "2 commands",
            21.87,
            Outcome.FAILED,
            "frontend: lint: the source does not pass the type check:\n"
            "src/lib/wrong.ts:1:14: TS2322: Type 'string' is not assignable to type 'number'.",
        ),
        row(
            "test",
            "api",
            "1 failed, 136 passed, 1 skipped",
            18.3,
            Outcome.FAILED,
            test_problem("api", [*API_TESTS.cases, BROKEN]),
        ),
        row("test", "frontend", "", 0, Outcome.NO_TESTS),
        row("build", "api", "2 platforms", 41.9),
        row("build", "frontend", "2 platforms", 96.04),
        row("size", "api", "15.6 MB", 0.42),
        row("size", "frontend", "164.2 MB", 1.3),
        row(
            "scan",
            "api",
            "4 findings",
            9.66,
            Outcome.FAILED,
            *verdict_problems("api", FAILING_API),
        ),
        row(
            "scan",
            "frontend",
            "3 findings",
            11.02,
            Outcome.FAILED,
            *verdict_problems("frontend", FAILING_WEB),
        ),
        row("smoke", "api", "healthy after 63 ms", 3.1),
        row("smoke", "frontend", "", 0, Outcome.NOT_RUN, "frontend: smoke: not run, because lint failed"),
    ],
    tests={"api": Tests(cases=[*API_TESTS.cases, BROKEN], coverage=0.8427)},
    verdicts={"api": FAILING_API, "frontend": FAILING_WEB},
)

UNSCANNED: Final = dataclasses.replace(PASSING, verdicts={"api": Verdict(judged=[])})
"""One application is clean, and the scan of the other one came to no end."""

EVIL: Final = (
    'x\n| a | b |\n# h\n</td></table><script>alert("1")</script><img src=x onerror=alert(1)>\x1b[31m\u202e`code` '
    "[a](javascript:alert(1)) @octocat www.example.com https://example.com {{ 7 * 7 }} \ud800 ' onmouseover='alert(1)"
)
"""A name that tries everything at once."""


def hostile(evil: str, url: str = "javascript:alert(1)") -> Report:
    """A report in which every text that a tool can choose is the same."""
    finding = Finding(
        kind=Kind.VULNERABILITY,
        id=evil,
        severity=Severity.CRITICAL,
        package=evil,
        installed=evil,
        fixed=evil,
        path=evil,
        layer=evil,
        title=evil,
        url=url,
        purl=evil,
    )
    judged = [Judged(target=evil, finding=finding, standing=standing, reason=evil) for standing in Standing]
    image = Measured(
        platform=evil, config={}, layers=[Layer(evil, 10, 20, evil), Layer(f"{evil}2", 0, 0, evil, base=True)]
    )
    return Report(
        created=evil,
        versions={evil: evil},
        results=[
            Result(stage=evil, app=evil, outcome=outcome, number=evil, seconds=1, problems=[evil], notes=[f"n {evil}"])
            for outcome in Outcome
        ],
        tests={evil: Tests(cases=[Case(suite=evil, name=evil, outcome=o, seconds=1, message=evil) for o in Outcome])},
        verdicts={evil: Verdict(judged=judged, gone=judged, problems=[evil], notes=[evil])},
        sizes={evil: [image]},
        before={evil: [image]},
        against={evil: evil},
        database=dataclasses.replace(DATABASE, reference=evil, digest=evil),
    )


MALICIOUS: Final = hostile(EVIL)
EMPTY: Final = Report(results=[], versions={}, created="")
