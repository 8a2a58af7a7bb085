"""The report in a real browser: quiet, self-contained, its filters work, accessible."""

import shutil

import pytest

from stance.report.html import render_html

pytest.importorskip("playwright", reason="playwright is not installed: pip install .[dev]")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium is installed: apt-get install chromium"
)


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def page_file(record, tmp_path_factory):
    """The report's file."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(record), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, page_file):
    """The open page with what it said to the console and asked of the network."""
    page = browser.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    yield page, said, asked
    page.close()


def test_opens_without_errors_or_network(opened, page_file):
    """Nothing is said to the console, and nothing but the file itself is asked for."""
    _, said, asked = opened
    assert said == []
    assert asked == [page_file.as_uri()]


def test_filters_and_search_narrow_the_mistakes(opened, record):
    """Task, label and kind leave the mistakes that fit; search looks into the text."""
    page, _, _ = opened
    shown = page.locator(".mistake:visible")
    every = [mistake for task in record.tasks for mistake in task.mistakes]
    assert shown.count() == len(every)
    page.select_option("#f-task", "frame")
    assert shown.count() == sum(mistake.task == "frame" for mistake in every)
    page.select_option("#f-kind", "false negative")
    page.select_option("#f-label", "morality")
    fitting = [m for m in every if (m.label, m.kind) == ("morality", "false negative")]
    assert shown.count() == len(fitting)
    assert page.inner_text("#f-count").startswith(str(len(fitting)))
    for field in ("#f-task", "#f-kind", "#f-label"):
        page.select_option(field, "")
    page.fill("#f-text", every[0].text[:30].upper())
    assert 1 <= shown.count() < len(every)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_passes_the_accessibility_check(opened, width, scheme):
    """Axe finds nothing, on a dark phone and on a light screen."""
    pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install .[dev]")
    from axe_playwright_python.sync_playwright import Axe

    page, _, _ = opened
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_a_phone_need_not_scroll_sideways(opened):
    """At 390 pixels the page is no wider than the screen; wide tables scroll by themselves."""
    page, _, _ = opened
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_prints_whole_tables_and_no_controls(opened):
    """On paper nothing is cut off, parts are unfolded, and what needs a hand is left out."""
    page, _, _ = opened
    # A4 less the margins, at 96 pixels an inch.
    page.set_viewport_size({"width": 703, "height": 1016})
    page.emulate_media(media="print")
    wide = page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(e => e.offsetParent !== null)"
        ".filter(e => e.querySelector('table').getBoundingClientRect().right"
        " > document.body.getBoundingClientRect().right + 1).map(e => e.ariaLabel)"
    )
    assert wide == []
    for hidden in ("#filter", "nav", "summary", "details.values", ".mistake.more"):
        assert page.locator(f"{hidden}:visible").count() == 0, hidden
    assert page.locator("details.part svg").count() > 0
    folded = page.locator("details.part:not([open]) svg")
    assert all(one.bounding_box()["height"] > 50 for one in folded.all())
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_check_finds_what_is_wrong(browser):
    """The accessibility check fails on a page with an unnamed field and faint text."""
    pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install .[dev]")
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page()
    page.set_content("<html><body><input><p style='color:#ddd'>faint</p></body></html>")
    found = {one["id"] for one in Axe().run(page).response["violations"]}
    page.close()
    assert {"label", "color-contrast"} <= found
