"""Boilerplate is marked, news is not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.records import Article
from stance.text.boilerplate import RULES
from stance.text.cleaning import noise_kind, paragraphs_of, repaired

PROJECT = Path(__file__).parents[2]
SEEDS = sorted((PROJECT / "seeds").glob("*.txt"))

NOISE = {
    "file name": ["IMG_1234.jpg", "15027458_1148201955_8230832_n", "DSC00123", "flood-map.png"],
    "date": [
        "12 May 2016",
        "Tuesday, May 3, 2016",
        "2016-05-03",
        "Published: 3 May 2016, 10:35 GMT",
        "Updated 2 hours ago",
        "10:35",
    ],
    "byline": [
        "By John Smith",
        "BY JOHN SMITH AND ANNA DE VRIES",
        "(Author: Milldale Gazette Editorial Staff)",
        "By Jane Doe in Milldale",
        "The views expressed are the author's own.",
        "Opinions expressed here are those of contributors.",
        "The author is a lecturer in Milldale.",
        "The writer is managing editor of the Gazette.",
        "Jane Doe, Staff Writer",
    ],
    "credit": [
        "[Image by Jane Doe/AP Photo]",
        "Photo: AP",
        "Photo by Jane Doe",
        "(Reporting by Jane Doe in Milldale; Editing by John Smith)",
        "© 2016 Milldale Gazette",
        "Copyright 2016 Milldale Gazette. All rights reserved.",
        "Copyright (c) The Milldale Gazette",
        "Getty Images",
    ],
    "caption": [
        "Residents walk past the flooded mill on Monday, May 2. [Image by Jane Doe / AP Photo]",
        "Photo: Workers at the lower bridge on Monday. (Gazette / J. Doe)",
        "In this May 30, 2013, file photo, the mill is seen from the lower bridge.",
        "Photo taken on May 30, 2013 shows the mill.",
        "Handout photos released by the council show the mill.",
    ],
    "link": [
        "Share this article: Road Open Again in Milldale",
        "Share this story",
        "More from Milldale Gazette",
        "More on this story at one o'clock.",
        "Read more: Bakers carry flour by hand",
        "READ MORE",
        "Related: Council Denies Warning",
        "Related articles",
        "Follow us on Twitter",
        "Follow @milldale on Twitter",
        "Like us on Facebook",
        "Donate to the Gazette's winter appeal",
        "Subscribe to our newsletter",
        "Sign up for flood alerts",
        "https://gazette.example/road",
        "Tags: flood, bridge, council",
        "Click here to read the report",
        "Media enquiries: press office, Milldale council.",
    ],
    "navigation": [
        "Home",
        "Home > World > Africa",
        "News | Sport | Weather",
        "Advertisement",
        "Advertisement - Continue Reading Below",
        "By using this site, you agree to our terms of use.",
        "By continuing to read you accept our use of cookies.",
        "The story has been corrected.",
        "143 comments",
        "Skip to main content",
        "We use cookies to make this site work.",
        "This is a developing story. Refresh page for updated information.",
        "Story continues below",
    ],
    "fragment": ["in", "* * *", "—", "3", "\u200b", "\ufeff\u200b"],
}

NEWS = [
    "BAGHDAD (Reuters) - Troops entered the town on Monday.",
    "The road is open again, the council said on Monday. (Reuters)",
    "By Monday, rebels had taken the lower bridge.",
    "By Friday night the river stood at two metres.",
    "Share prices in the capital fell by a tenth after the vote.",
    "More than 40 people were hurt, doctors said.",
    "More from the river came in the night: mud, trees and drowned cattle, farmers said.",
    "Read the letter again, the mayor told the farmers, and you will find our answer.",
    "Related attacks in the north killed two policemen.",
    "Watch out for the ice, the police said.",
    "Follow the money, the prosecutor told the court, and you find the minister.",
    "Photographs of the missing were pinned to the fence.",
    "In this picture of general misery, the council saw a chance.",
    "Picture the scene: a baker knee-deep in flour and water.",
    "Print shops were closed for the third day.",
    "On 12 May 2016 the army crossed the river.",
    "Reporting by the aid agency shows that wells are dry.",
    "Subscribers to the fund lost 40,000 crowns.",
    "Home prices fell.",
    "Yes.",
    "“No,” he said.",
    "The Foreign Secretary, Jane Doe, said:",
    "军队星期二进入该镇",
    "By using chemical weapons, the regime crossed a red line, Obama said.",
    "The author was arrested in Ankara on Monday.",
    "Images released by the Islamic State group showed fighters executing prisoners.",
    "Photos released by the Pentagon show a damaged hangar.",
    "Video by activists showed bodies in the streets of Aleppo.",
    "Copyright holders sued Google on Monday.",
    "The report was amended to drop criticism of Israel, two diplomats said.",
    "The article was amended to let the president run again.",
    "Donate to Hamas and you will be prosecuted, the minister said.",
    "Register to vote by Friday, the mayor urged farmers.",
    "Like our European partners, we insist on talks.",
    "Find our sons, the mothers demanded at the gate.",
    "More from the convoy were killed by shelling.",
    "Press contacts between the two towns have been frozen for years.",
    "Warning: this week's truce may not hold, the envoy said.",
    "The views expressed by voters on Tuesday shook Europe.",
    "Advertisement campaigns by the party drew fire.",
]

CASES = [(kind, text) for kind, texts in NOISE.items() for text in texts]


@pytest.mark.parametrize(("kind", "text"), CASES, ids=[text[:40] for _, text in CASES])
def test_boilerplate_is_named(kind, text):
    """Boilerplate is named by its kind."""
    assert noise_kind(text) == kind


@pytest.mark.parametrize("text", NEWS, ids=lambda text: text[:40])
def test_news_is_not_noise(text):
    """News that begins or ends like boilerplate is not marked."""
    assert noise_kind(text) == ""


# Each pattern on openings with a fragment behind them over and over, and an end that fits nothing.
PUMPED = """
from stance.text.boilerplate import CREDIT_AT_END, LONGEST_CAPTION, PHOTO_AT_START, RULES
openings = ["", "By ", "Reporting by ", "Photo by ", "Photo: ", "Share this ", "Read ", "Related ",
            "Follow ", "2016-", "12345", "Jane Doe ", "deadbeef12345678", "In this ", "["]
fragments = ["a", "A", "1", "a ", "A, ", ", ", " , ", "- ", "-a", "| ", " |  ", " | Apps", "&, ",
             "_", "1_", "_-", "#a ", "> ", ". ", "A. ", "by ", "of ", "12.5 ", "( ", "[", "a@",
             "a.", "\\t", "   ", "more ", "www.", "in th", "photo ", "3 May ", "10:35 "]
patterns = [(rule.why, rule.pattern.match, rule.longest) for rule in RULES]
patterns += [("photo", PHOTO_AT_START.match, LONGEST_CAPTION)]
patterns += [("credit", CREDIT_AT_END.search, LONGEST_CAPTION)]
for why, find, longest in patterns:
    print(why, flush=True)
    for opening in openings:
        for fragment in fragments:
            find((opening + fragment * longest)[: longest - 2] + "!~")
"""


def test_no_paragraph_hangs_a_rule():
    """Repetition makes no rule slow: one that tries all ways to cut it would take years."""
    try:
        # Takes a second; the bound is for a machine that is busy with other things.
        subprocess.run(
            [sys.executable, "-c", PUMPED], stdout=subprocess.PIPE, timeout=60, check=True
        )
    except subprocess.TimeoutExpired as expired:
        rule = (expired.stdout or b"none was begun").decode().splitlines()[-1]
        pytest.fail(f"this rule hangs: {rule}")


def test_every_kind_has_a_case():
    """Each kind of the rules has an example here."""
    assert {rule.kind for rule in RULES} == set(NOISE)


def test_authored_news_is_not_marked():
    """Of the paragraphs written for this project, none that is news is marked as noise."""
    lines = (PROJECT / "training/labels/authored.jsonl").read_text(encoding="utf-8").splitlines()
    rows = list(map(json.loads, lines))
    assert [row["id"] for row in rows if noise_kind(row["text"]) and not row["noise"]] == []


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_seeds_marked_as_labelled(path):
    """In the seeds exactly the paragraphs that were labelled as noise are marked."""
    lines = (PROJECT / "training/labels/seeds.jsonl").read_text(encoding="utf-8").splitlines()
    expected = [row["noise"] for row in map(json.loads, lines) if row["article"] == path.stem]
    article = Article(path.stem, path.read_text(encoding="utf-8"))
    assert [paragraph.is_noise for paragraph in paragraphs_of(article)] == expected


BODY = "Council workers cleared the flooded road on Monday, a spokeswoman said.\n\n"


def kinds(text: str) -> list[str]:
    """The marks of an article's paragraphs in order."""
    return [paragraph.noise for paragraph in paragraphs_of(Article("a", text))]


def test_related_headlines_at_the_end():
    """Headlines in title case behind the report belong to other articles."""
    text = BODY + "Farmers Blame Council for Flood\n\nBakers Carry Flour Across Lower Bridge"
    assert kinds(text) == ["", "headline", "headline"]


def test_own_headline_is_kept():
    """The article's own headline and headings within it are not marked."""
    text = "Road Open Again in Milldale\n\n" + BODY + "What the Council Says Now\n\n" + BODY
    assert kinds(text) == [""] * 4


def test_headlines_under_a_link_heading():
    """Under a heading for links, lines that end no sentence are headlines in any case."""
    text = BODY + "Related articles\n\nFarmers blame council for flood\n\nBridge to cost 40,000"
    assert kinds(text) == ["", "link", "headline", "headline"]


def test_headlines_alone_are_kept():
    """A text of headlines alone is not boilerplate: there is no report that they follow."""
    assert kinds("Farmers Blame Council for Flood\nBakers Carry Flour Across Bridge") == ["", ""]


def test_last_line_without_full_stop_is_kept():
    """A last paragraph that lost its full stop is still news."""
    assert kinds(BODY + "Farmers above the town had warned of the swollen river") == ["", ""]


def test_marks_see_through_typography():
    """Invisible characters, odd blanks and curly quotes do not hide boilerplate."""
    assert noise_kind("\u200bShare\u00a0this article") == "link"
    assert noise_kind("Editor’s note: This story has been updated.") == "navigation"
    assert repaired("donâ€™t") == "don't"


@given(st.text(max_size=400))
def test_paragraphs_are_exact(text):
    """The text of every paragraph is the article's at its span, whatever the Unicode."""
    for index, paragraph in enumerate(paragraphs_of(Article("a", text))):
        assert paragraph.index == index
        assert text[paragraph.start : paragraph.end] == paragraph.text
