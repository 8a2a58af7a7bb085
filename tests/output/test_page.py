"""The web page of codings: what it shows of labels, texts and actors."""

import re
from dataclasses import dataclass, replace

import pytest

from stance.codebook import parse_codebook
from stance.output.page import render_page
from stance.records import Coding, Paragraph, Stance

CODEBOOK = parse_codebook(
    {
        "tasks": {
            "موضوع": {"labels": ["<b>عسكري</b>", 'say "no"']},
            "tone": {"labels": ["good", "bad"], "unit": "target", "several": False},
        }
    }
)
TEXT = "تقدم <i>الجيش</i>"


@dataclass(frozen=True)
class Named:
    """What the page tells of a model."""

    name: str = "m"
    fingerprint: str = "0" * 64
    codebook: object = CODEBOOK


@pytest.fixture
def coding():
    """A paragraph from right to left, with a label and an actor."""
    return Coding(
        Paragraph("a", 1, 0, len(TEXT), TEXT),
        title="عنوان",
        labels={"موضوع": ("<b>عسكري</b>",)},
        scores={"موضوع": {"<b>عسكري</b>": 0.9, 'say "no"': 0.1}},
        stances=(Stance("tone", "الجيش", "الجيش", 5, 10, "good", {"good": 0.8}),),
    )


def test_text_runs_in_its_own_direction_and_is_escaped(coding):
    """Titles and paragraphs from right to left stand so; names keep their numbers to the right."""
    page = render_page([coding], Named())
    assert 'dir="auto">عنوان</h1>' in page
    assert '<p class="text" dir="auto">تقدم &lt;i&gt;الجيش&lt;/i&gt;</p>' in page
    assert "<bdi>&lt;b&gt;عسكري&lt;/b&gt;</bdi> 0.90" in page
    assert "<bdi>الجيش</bdi>: good 0.80" in page
    assert "1 paragraph, 0 noise" in page


def test_an_article_with_a_title_is_named_too(coding):
    """Titles repeat from file to file; the article's name tells which it is, and stands once."""
    assert '<p class="meta"><bdi>a</bdi> · 1 paragraph' in render_page([coding], Named())
    bare = render_page([replace(coding, title="")], Named())
    assert '<p class="meta">1 paragraph' in bare


def test_paragraphs_of_one_number_have_places_of_their_own(coding):
    """Rows of a table that share an id each begin at paragraph 0; links go to the right one."""
    page = render_page([coding, replace(coding, labels={"موضوع": ()})], Named())
    places = re.findall(r'class="paragraph" id="([^"]+)"', page)
    assert len(set(places)) == 2
    assert re.findall(r'href="#(p-[^"]+)"', page) == places * 2


def test_paper_is_light_and_has_margins(coding):
    """A page that is dark on a screen is printed dark on light."""
    page = render_page([coding], Named())
    assert "@page { margin: " in page
    assert "@media print { :root { color-scheme: light }" in page


def test_a_model_of_targets_alone_has_no_strip(coding):
    """There is nothing to show through the article where no task codes paragraphs."""
    only = replace(coding, labels={}, scores={})
    assert '<div class="strip"' in render_page([coding], Named())
    assert '<div class="strip"' not in render_page([only], Named(codebook=CODEBOOK.only(["tone"])))
