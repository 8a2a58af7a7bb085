"""Actor files are checked by line, and actors are found where a careful reader finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.actors.catalogue import Catalogue, load_catalogue, parse_catalogue
from stance.actors.matching import ActorMatcher
from stance.errors import SettingsError

CATALOGUE = parse_catalogue(
    {
        "actors": [
            {
                "name": "Islamic State",
                "kind": "armed group",
                "aliases": ["ISIS", "the extremists"],
                "not": ["Islamic State of Sumer"],
            },
            {"name": "Government of National Accord", "kind": "government"},
            {"name": "Fayez al-Sarraj", "kind": "person"},
            {
                "name": "United States",
                "kind": "state",
                "aliases": ["US"],
                "adjectives": ["American"],
            },
            {"name": "Houthi", "kind": "armed group"},
            {"name": "Sudan", "kind": "state"},
            {"name": "South Sudan", "kind": "state"},
        ]
    }
)
MATCHER = ActorMatcher(CATALOGUE)


def found(text):
    """Actor and wording of each mention."""
    return [(m.actor, text[m.start : m.end]) for m in MATCHER.mentions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ISIS fled.", [("Islamic State", "ISIS")]),
        ("isis is a goddess, CRISIS is not.", []),
        ("ISIS's men, Isis", [("Islamic State", "ISIS")]),
        (
            "The Extremists and the extremists",
            [("Islamic State", "The Extremists"), ("Islamic State", "the extremists")],
        ),
        ("The Islamic State of Sumer", []),
        ("give us the US", [("United States", "US")]),
        ("American troops and American pie", [("United States", "American troops")]),
        ("The Houthis’ missiles", [("Houthi", "Houthis")]),
        ("South Sudan and Sudan", [("South Sudan", "South Sudan"), ("Sudan", "Sudan")]),
    ],
)
def test_wordings_match_as_they_are_meant(text, expected):
    """Word bounds, case, plurals, possessives, exceptions and the longest wording are kept."""
    assert found(text) == expected


def test_abbreviations_bind_where_they_are_defined():
    """A bracketed abbreviation means the actor in this article and nowhere else."""
    text = "The Government of National Accord (GNA) won. The GNA's men cheered."
    assert [wording for _, wording in found(text)] == [
        "Government of National Accord",
        "GNA",
        "GNA",
    ]
    assert found("The GNA won.") == []


def test_other_names_bind_where_they_are_given():
    """What an actor is also known as is a name of it in this article."""
    assert found("ISIS, also known as ISIL, fled. ISIL lost.") == [
        ("Islamic State", "ISIS"),
        ("Islamic State", "ISIL"),
        ("Islamic State", "ISIL"),
    ]


def test_surnames_bind_after_the_full_name():
    """Somebody introduced in full is known by surname later, with or without the particle."""
    text = "Fayez Al-Sarraj spoke. Sarraj said, as al-Sarraj had."
    assert [wording for _, wording in found(text)] == ["Fayez Al-Sarraj", "Sarraj", "al-Sarraj"]
    assert found("Sarraj said.") == []


@given(st.text(alphabet=st.sampled_from("ISU Sudan'’-İΣ\u0301\n.("), max_size=60))
def test_mentions_lie_in_the_text_in_order(text):
    """Spans are inside the text, in order, and never overlap."""
    mentions = MATCHER.mentions(text)
    places = [place for mention in mentions for place in (mention.start, mention.end)]
    assert places == sorted(places)
    assert all(0 <= m.start < m.end <= len(text) for m in mentions)


GOOD = '[[actors]]\nname = "A"\naliases = ["B"]\n\n[[actors]]\nname = "C"\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD + 'aliases = ["D", "D"]\n', 7, '"D" is named twice for C'),
        (GOOD + 'aliases = ["C"]\n', 7, '"C" is named twice for C'),
        (GOOD + 'aliases = [""]\n', 7, "an empty text"),
        (GOOD + 'aliases = ["B"]\n', 7, '"B" names both A and C'),
        (GOOD + 'alias = ["B"]\n', 5, 'unknown key "alias". Did you mean "aliases"'),
        (GOOD + 'kind = "armed grup"\n', 5, 'Did you mean "armed group"'),
        (GOOD + 'aliases = "B"\n', 5, "Write a list"),
        ('[[actors]]\nkind = "state"\n', 1, "an actor without a name"),
    ],
)
def test_mistakes_in_an_actor_file_name_the_line(tmp_path, text, line, message):
    """Each mistake is named with file, line and remedy."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as error:
        load_catalogue(path)
    assert f"mine.toml, line {line}:" in str(error.value)
    assert message in str(error.value)


def test_a_catalogue_comes_back_from_plain_data():
    """Plain data holds the whole catalogue."""
    assert parse_catalogue(CATALOGUE.as_dict()) == CATALOGUE
    with pytest.raises(SettingsError, match="no actors"):
        parse_catalogue({})
    assert Catalogue(()).actors == ()


def test_the_shipped_actor_file_is_valid_and_knows_the_seeds(root, seeds):
    """The world's actors load, and find the parties of the seed articles."""
    matcher = ActorMatcher(load_catalogue(root / "training" / "actors" / "world.toml"))
    actors = {m.actor for path in seeds for m in matcher.mentions(path.read_text("utf-8"))}
    assert {"Islamic State", "Government of National Accord", "Libya"} <= actors
