"""The page of a check: what it says, what it never does, and how it works in a browser."""

import base64
import dataclasses
import functools
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Dialog, Page, expect

from pipeline.policy import results
from pipeline.policy.findings import Severity
from pipeline.policy.gates import Standing, Verdict
from pipeline.report.page import page

from . import reports_sample as sample

VOID = {"meta", "link", "input"}


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, its links, and its words."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself, as SVG has them."""
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Every element is closed by its own end."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the words that are shown."""
        if not {"style", "script", "title"} & set(self.open[-1:]):
            self.words += data


def words(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(Shape(html).words.split())


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A tab that fails the test when the browser logs an error, a broken security policy among them."""
    context = browser.new_context()
    opened = context.new_page()
    errors: list[str] = []

    def refuse(dialog: Dialog) -> None:
        errors.append(dialog.message)
        dialog.dismiss()

    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("dialog", refuse)
    yield opened
    context.close()
    assert errors == []


@pytest.mark.parametrize("report", [sample.PASSING, sample.FAILING, sample.UNSCANNED, sample.MALICIOUS, sample.EMPTY])
def test_every_element_is_closed_and_every_anchor_leads_somewhere(report: results.Report) -> None:
    """Well-formed, with ids that stand once, and links within the page that have a target."""
    shape = Shape(page(report))
    assert shape.open == []
    assert len(shape.ids) == len(set(shape.ids))
    assert {link[1:] for link in shape.links if link.startswith("#")} <= set(shape.ids)


def test_the_same_report_gives_the_same_page() -> None:
    """No clock, no random number, no order of a set."""
    assert page(sample.FAILING) == page(dataclasses.replace(sample.FAILING))


def test_the_verdict_comes_first() -> None:
    """What failed, where; and what passed, how much."""
    assert words(page(sample.PASSING)).startswith("Passed: 12 stages of 2 applications")
    assert words(page(sample.FAILING)).startswith(
        "Failed: lint of frontend, test of api, scan of api and frontend; smoke of frontend did not run"
    )


def test_a_report_of_nothing_does_not_pass() -> None:
    """What did not happen is never called passed; each empty part says so in words."""
    shown = words(page(sample.EMPTY))
    assert shown.startswith("Nothing was checked: no stage had anything to do")
    for said in (
        "No stage ran",
        "No test ran: there is no application.",
        "Nothing was scanned.",
        "No image was measured",
    ):
        assert said in shown


@pytest.mark.parametrize(
    "said",
    [
        "frontend: lint: the source does not pass the type check:",
        "api: scan: the waiver CVE-2024-34156 expired on 2026-11-01",
        "No test ran: the application has none.",
        "84.2% of statements covered",
        'ranking_test.go:88: order = ["b" "a"], want ["a" "b"]',
        "Reason: the ingress in front of the API refuses chunked requests",
        "Gone since the comparison",
        "+0.7 MB (+4.4%)",
        "an update downloads 4.4 MB: 1 of 4 layers new",
        "made 2026-11-24 06:12 UTC, 3 hours old",
        "2026-11-24 09:12:44 UTC",
    ],
)
def test_a_failed_check_is_told_in_full(said: str) -> None:
    """Problems, tests, waivers, sizes and the database are all there."""
    assert said in words(page(sample.FAILING))


def test_what_was_not_scanned_is_not_clean() -> None:
    """The applications without a finding are named, and those without a result, whether or not others have findings."""
    shown = words(page(sample.UNSCANNED))
    missing = "There is no result of a scan for frontend."
    assert f"The scanners found nothing in api. {missing}" in shown
    part = words(page(dataclasses.replace(sample.FAILING, verdicts={"api": sample.FAILING_API})))
    assert missing in part
    for report in (sample.FAILING, sample.PASSING):
        assert "There is no result" not in words(page(report))
    assert "The scanners found nothing" not in part
    alone = dataclasses.replace(sample.UNSCANNED, against={"frontend": "ghcr.io/neuronip/frontend:1.3.2"})
    assert "There was no published image to compare with." in words(page(alone))


def test_unfixed_findings_that_are_critical_are_counted() -> None:
    """They are not shown from the start where others want a decision: the filter says that there are some."""
    assert "unfixed 2 (2 critical)" in words(page(sample.FAILING))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("not run", "the stage was not reached"), ("failed", "left no list"), ("none", "the application has none")],
)
def test_an_application_without_tests_says_why(outcome: str, said: str) -> None:
    """A stage that was not reached is no application without tests."""
    row = sample.row("test", "api", "", 0, results.Outcome(outcome))
    assert said in words(page(dataclasses.replace(sample.EMPTY, results=[row])))


def test_findings_that_matter_stand_first() -> None:
    """Failing ones, then waived and known ones, whichever application has them."""
    shown = re.findall(r'data-standing="(\w+)"', page(sample.FAILING))
    assert shown == ["fails", "fails", "waived", "known", "unfixed", "unfixed", "minor"]


def test_only_pages_of_the_web_are_linked() -> None:
    """An address of another kind is left out, and the id stands without a link."""
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil", "https://", "http:x", "https://a b", " https://a"):
        assert not [link for link in Shape(page(sample.hostile("x", url))).links if link[0] != "#" and link != "data:,"]
    assert "https://a/b?c=d&e" in Shape(page(sample.hostile("x", "https://a/b?c=d&e"))).links


def test_nothing_is_loaded_and_only_our_own_script_and_style_may_run() -> None:
    """The security policy names both by their digest; there is no inline style and no handler."""
    html = page(sample.FAILING)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    for tag in ("style", "script"):
        content = html.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;;" in policy[1]
    assert policy[1].startswith("default-src &#39;none&#39;;")
    assert "unsafe" not in policy[1]
    attributes = {name for _, names in Shape(html).elements for name in names}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    assert "src" not in attributes


@functools.cache
def harmless() -> set[tuple[str, tuple[str, ...]]]:
    """The elements, with their attributes, of pages of texts that do no harm."""
    return {one for text in ("harmless\nlines", "x") for one in Shape(page(sample.hostile(text))).elements}


@settings(max_examples=60)
@given(
    st.text(st.characters(exclude_categories=[]), min_size=1) | st.sampled_from([sample.EVIL, "'\"><b>", "--></style>"])
)
def test_no_text_adds_an_element_or_an_attribute(text: str) -> None:
    """Whatever a tool prints, the page has the shape that it has for a harmless name, or less for none."""
    html = page(sample.hostile(text))
    shape = Shape(html)
    assert set(shape.elements) <= harmless() | {("b", ()), ("p", ("class",))}
    assert shape.open == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
    assert html.encode()


def test_the_filter_shows_what_is_asked_for(tab: Page, tmp_path: Path) -> None:
    """By standing, text, severity and application, with a count that follows."""
    _open(tab, sample.FAILING, tmp_path)
    rows = tab.locator("#rows tr:visible")
    count = tab.locator("#filter-count")
    expect(rows).to_have_count(4)
    expect(count).to_have_text("4 of 7 findings")
    tab.get_by_label("unfixed").check()
    expect(rows).to_have_count(6)
    tab.get_by_label("Application").select_option("api")
    expect(rows).to_have_count(4)
    tab.get_by_label("Severity").select_option("critical")
    expect(rows).to_have_count(2)
    tab.get_by_label("Text").fill("crypto V0.20")
    expect(rows).to_have_count(1)
    tab.get_by_label("Text").fill("nothing like it")
    expect(tab.get_by_text("No finding matches.")).to_be_visible()
    tab.get_by_role("button", name="Show all").click()
    expect(count).to_have_text("7 of 7 findings")


def test_a_check_without_decisions_shows_what_waits_for_a_fix(tab: Page, tmp_path: Path) -> None:
    """What is minor is there for whoever asks: licences alone can be hundreds."""
    findings = [*sample.on(sample.GLIBC, Standing.UNFIXED), *sample.on(sample.GLIBC, Standing.MINOR)]
    _open(tab, dataclasses.replace(sample.PASSING, verdicts={"api": Verdict(judged=findings)}), tmp_path)
    expect(tab.locator("#rows tr:visible")).to_have_count(1)


def test_without_a_script_everything_is_there(browser: Browser, tmp_path: Path) -> None:
    """Every finding is shown, and no control that would do nothing."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    _open(tab, sample.FAILING, tmp_path)
    expect(tab.locator("#rows tr:visible")).to_have_count(7)
    expect(tab.locator("#filter")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("report", [sample.PASSING, sample.FAILING, sample.UNSCANNED, sample.MALICIOUS, sample.EMPTY])
def test_a_small_screen_need_not_be_scrolled_sideways(tab: Page, tmp_path: Path, report: results.Report) -> None:
    """360 px are enough, with every detail open."""
    tab.set_viewport_size({"width": 360, "height": 640})
    _open(tab, report, tmp_path)
    tab.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  for (const e of document.querySelectorAll("body *:not(svg *):not(script):not(:disabled):not(option)")) {
    if (![...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${e.tagName}.${e.className}: ${e.textContent.slice(0, 40)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_colour_schemes(tab: Page, tmp_path: Path, scheme: str) -> None:
    """The contrast of all text is 4.5 to 1 at least, as WCAG AA asks."""
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    _open(tab, sample.FAILING, tmp_path)
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(17, 20, 24)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert tab.evaluate(CONTRAST) == []


def test_hostile_names_do_nothing_in_a_browser(tab: Page, tmp_path: Path) -> None:
    """No script of theirs runs, and the page has no link that leads away."""
    _open(tab, sample.MALICIOUS, tmp_path)
    assert tab.evaluate("[...document.links].filter((a) => a.protocol !== 'file:').length") == 0
    assert tab.evaluate("document.images.length") == 0
    assert tab.evaluate("document.scripts.length") == 1


def test_severities_of_the_filter_are_those_of_the_findings() -> None:
    """The numbers that the filter compares are those of `Severity`."""
    options = re.findall(r'<option value="(\d)">(\w+)', page(sample.FAILING).partition("filter-severity")[2])
    named = {word.upper(): int(number) for number, word in options if word.upper() in Severity.__members__}
    assert named == {s.name: s.value for s in Severity if s is not Severity.UNKNOWN}


def _open(tab: Page, report: results.Report, folder: Path) -> None:
    file = folder / "index.html"
    file.write_text(page(report), "utf-8")
    tab.goto(file.as_uri())
