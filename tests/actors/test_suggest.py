"""Unlisted names are proposed in the actor file's own format, the widely used ones first."""

from collections import Counter

import pytest

from stance.actors.catalogue import load_catalogue, parse_catalogue
from stance.actors.suggestion import Suggester, deviation_of_proportions, suggestion_file
from stance.records import Article

CATALOGUE = parse_catalogue(
    {"actors": [{"name": "Sumer", "kind": "state", "adjectives": ["Sumerian"]}, {"name": "Uruk"}]}
)
FIRST = """The Reed Boat Guard (RBG) left Sumer on Monday. General Ada Marsh said so in Uruk.

Marsh added that the RBG would return. However, boats were late for the Sumerian people."""
SECOND = """In Sumer, the Reed Boat Guard fought. Boats burned, and Commander Ada Marsh wept.

The Clay League of Scribes and Uruk objected, said the Clay League of Scribes."""
TEXTS = (FIRST, SECOND)


@pytest.fixture(scope="module")
def found():
    """The suggestions of two articles, by name."""
    suggester = Suggester(CATALOGUE)
    for number, text in enumerate(TEXTS):
        suggester.read(Article(str(number), text))
    return {s.actor.name: s for s in suggester.suggestions(20)}


def test_names_come_with_kind_count_and_abbreviation(found):
    """A defined abbreviation and a surname count for the full name; titles are no part of it."""
    guard, marsh = found["Reed Boat Guard"], found["Ada Marsh"]
    assert (guard.frequency, guard.n_articles) == (4, 2)
    assert guard.actor.aliases == ("RBG",)
    assert guard.actor.kind == "armed force"
    assert (marsh.frequency, marsh.n_articles, marsh.actor.kind) == (3, 2, "person")


def test_what_is_listed_or_no_name_is_not_proposed(found):
    """Listed actors, their adjectives, days and the first words of sentences are left out."""
    assert set(found) == {"Reed Boat Guard", "Ada Marsh", "Clay League of Scribes"}


def test_the_widely_used_come_first(found):
    """A name in both articles stands before one that a single article repeats."""
    assert list(found)[-1] == "Clay League of Scribes"


def test_a_name_that_only_begins_sentences_is_left_out():
    """One word, never seen inside a sentence, may be any word."""
    suggester = Suggester(CATALOGUE)
    suggester.read(Article("a", "Kettles whistled all day.\n\nKettles were cheap in the old town."))
    assert suggester.suggestions(5) == []


def test_an_abbreviation_of_two_names_leaves_the_file_valid(tmp_path):
    """Of two names that one abbreviation is said to mean, the first proposed keeps it."""
    suggester = Suggester(CATALOGUE)
    text = "Then the Reed Boat Guard (RBG) left. Later, the Red Barley Guild (RBG) came."
    suggester.read(Article("a", text))
    path = tmp_path / "proposed.toml"
    path.write_text(suggestion_file(suggester.suggestions(5), n_articles=1), "utf-8")
    assert [actor.aliases for actor in load_catalogue(path).actors] == [("RBG",), ()]
    assert "# once in 1 of 1 article," in path.read_text("utf-8")


def test_paragraphs_of_one_article_are_one_article():
    """Rows that share an id are counted as the article that they are pieces of."""
    suggester = Suggester(CATALOGUE)
    for paragraph in FIRST.split("\n\n"):
        suggester.read(Article("a", paragraph))
    suggester.read(Article("b", SECOND))
    assert suggester.n_articles == 2
    guard = next(s for s in suggester.suggestions(9) if s.actor.name == "Reed Boat Guard")
    assert (guard.frequency, guard.n_articles) == (4, 2)


def names(text):
    """The names proposed from one article, and how often each stands there."""
    suggester = Suggester(CATALOGUE)
    suggester.read(Article("a", text))
    return {found.actor.name: found.frequency for found in suggester.suggestions(20)}


def test_only_capitals_make_a_name():
    """A small letter with an accent is small; a capital with one, or of another script, is not."""
    text = (
        "She praised the élan vital of Éva Ömer, über alles and the élan vital. With Éva Ömer "
        "came Шамшад Энки. The écoles and the 神殿 stayed shut."
    )
    assert names(text) == {"Éva Ömer": 2, "Шамшад Энки": 1}


def test_a_place_is_not_its_northern_part():
    """A first name tells whose surname it is; a direction does not tell which place is meant."""
    text = "Ada Marsh saw North Dilmun. In sub-Tropical Dilmun, and in Dilmun, she said, Marsh won."
    assert names(text) == {"Ada Marsh": 2, "Dilmun": 2, "North Dilmun": 1}


@pytest.mark.parametrize(
    ("counts", "sizes", "expected"),
    [
        ({0: 3}, [10], 0.0),
        ({0: 1, 1: 1}, [50, 50], 0.0),
        ({0: 9}, [50, 50], 1.0),
        # |1 - 0.2| / 2 + |0 - 0.8| / 2 = 0.8, of at most 1 - 0.2.
        ({0: 2}, [20, 80], 1.0),
        # |0.5 - 0.2| / 2 + |0.5 - 0.8| / 2 = 0.3, of at most 0.8.
        ({0: 1, 1: 1}, [20, 80], 0.375),
    ],
)
def test_dispersion_is_as_the_paper_says(counts, sizes, expected):
    """DPnorm by hand."""
    assert deviation_of_proportions(Counter(counts), sizes) == pytest.approx(expected)


def test_the_file_is_an_actor_file(found, tmp_path):
    """What is printed loads as it stands, and bears sample sentences."""
    path = tmp_path / "mine.toml"
    path.write_text(suggestion_file(found.values(), n_articles=2), encoding="utf-8")
    assert [actor.name for actor in load_catalogue(path).actors] == list(found)
    assert "# - The Reed Boat Guard (RBG) left Sumer on Monday." in path.read_text("utf-8")
