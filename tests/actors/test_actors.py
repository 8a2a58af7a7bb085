"""Actor files are checked by line, and actors are found where a careful reader finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.actors import wordings
from stance.actors.catalogue import (
    Actor,
    Catalogue,
    load_catalogue,
    parse_catalogue,
    stored_catalogue,
)
from stance.actors.combining import combined, load_catalogues
from stance.actors.matching import ActorMatcher
from stance.actors.writing import Entry, write_actors
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
            {"name": "Sudan", "kind": "state", "not": ["South Sudan"]},
            {"name": "People's Front", "kind": "party"},
            {"name": "Anna Marlow", "kind": "person", "aliases": ["the Deputy Leader"]},
            {"name": "Boris Marlow Jr.", "kind": "person"},
            {"name": "South Sudan", "kind": "state"},
            {"name": "rebels of Sumer", "aliases": ["American rebels"], "not": ["American army"]},
            {"name": "American Union"},
            {"name": "Ömer Çelik", "kind": "person"},
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
        ("anti-American rebels, Non\u2011American officials and pro-American forces", []),
        ("the Latino-American\n  forces", [("United States", "American\n  forces")]),
        ("The Houthis’ missiles", [("Houthi", "Houthis")]),
        ("SUDAN, us and THE EXTREMISTS", [("Sudan", "SUDAN"), ("Islamic State", "THE EXTREMISTS")]),
        ("The People’s\nFront’s men", [("People's Front", "People’s\nFront")]),
        ("South Sudan and Sudan", [("South Sudan", "South Sudan"), ("Sudan", "Sudan")]),
        ("HOUTHIS, US and USS", [("Houthi", "HOUTHIS"), ("United States", "US")]),
        ("American rebels", [("rebels of Sumer", "American rebels")]),
        ("anti-American rebels, the American army", []),
        ("an anti-American Union mood", [("American Union", "American Union")]),
        ("Islamic\u2005State, Islamic\u2029State", [("Islamic State", "Islamic\u2005State")]),
        ("O\u0308mer C\u0327elik", [("Ömer Çelik", "O\u0308mer C\u0327elik")]),
    ],
)
def test_wordings_match_as_they_are_meant(text, expected):
    """Word bounds, case, plurals, possessives, exceptions and the longest wording are kept."""
    assert found(text) == expected


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n    ", " \r\n\t", "  ", "\u00a0 "])
def test_wrapped_and_indented_lines_hide_nobody(blank):
    """However lines are broken, the mentions are the same, and their spans count in the text."""
    text = (
        "  In the north the Islamic State  (ISX) and American troops fought. Fayez al-Sarraj, and "
        "nobody from South Sudan, spoke. The Islamic State of Sumer left.  Then Sarraj met ISX.  "
    )
    expected = [(actor, " ".join(wording.split())) for actor, wording in found(text)]
    broken = text.replace(" ", blank)
    assert [(actor, " ".join(wording.split())) for actor, wording in found(broken)] == expected
    assert len(expected) == 7


def test_nobody_is_named_across_the_end_of_a_paragraph():
    """Blanks with an empty line among them join nothing."""
    assert found("Islamic\n\nState, American \n\n troops, Islamic\r\n\r\nState  left") == []
    assert found("American\u2029troops") == []
    assert found("ISIS, known as ISIL\u2029Later")[1:] == [("Islamic State", "ISIL")]


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The GNA (Government of National Accord) won.", ["GNA", "Government of National Accord"]),
        ("ISIS (also known as Daesh or IS) left. IS, that is.", ["ISIS", "Daesh", "IS", "IS"]),
        ("TRIPOLI, Sudan (Reuters) - Reuters reports.", ["Sudan"]),
        (
            "Anna Marlow (left) spoke, Ed (People's Front) did not.",
            ["Anna Marlow", "People's Front"],
        ),
        ("People's Front (Texas) won Texas.", ["People's Front"]),
        ("People's Front (MRT) won. MRT!", ["People's Front", "MRT", "MRT"]),
    ],
)
def test_brackets_define_only_what_can_be_a_name(text, expected):
    """Both orders define, several names may be given, and a news agency is no abbreviation."""
    assert [wording for _, wording in found(text)] == expected


def test_a_shared_surname_is_the_last_introduced():
    """Of two people of one surname, it means the one whom the article named last."""
    text = "Anna Marlow met Boris Marlow Jr. today. Marlow smiled. Anna Marlow left. Marlow ran."
    assert [actor for actor, wording in found(text) if wording == "Marlow"] == [
        "Boris Marlow Jr.",
        "Anna Marlow",
    ]


def test_a_surname_after_another_first_name_is_somebody_else():
    """A title may stand before a bound surname, another first name may not."""
    text = "Anna Marlow spoke. Minister Marlow left with Carla Marlow. Then Marlow rested."
    assert [text[: m.start].rsplit(maxsplit=1)[-1] for m in MATCHER.mentions(text)[1:]] == [
        "Minister",
        "Then",
    ]


@pytest.mark.parametrize(
    ("before", "is_hers"),
    [("She came to Tripoli. ", True), ("It was Carla J. ", False), ("He saw Érica ", False)],
)
def test_a_surname_begins_a_sentence(before, is_hers):
    """A name that ends the sentence before is no first name; an initial is part of one."""
    text = f"Anna Marlow spoke. {before}Marlow left."
    assert [wording for _, wording in found(text)] == ["Anna Marlow"] + ["Marlow"] * is_hers


def test_a_title_is_no_surname():
    """The last word of a descriptive alias is not bound as a surname."""
    assert found("The crowd met the Deputy Leader. A leader, the Leader, spoke.") == [
        ("Anna Marlow", "the Deputy Leader")
    ]


def test_surnames_bind_after_the_full_name():
    """Somebody introduced in full is known by surname later, with or without the particle."""
    text = "Fayez Al-Sarraj spoke. Sarraj said, as al-Sarraj had."
    assert [wording for _, wording in found(text)] == ["Fayez Al-Sarraj", "Sarraj", "al-Sarraj"]
    assert found("Sarraj said.") == []


def test_windows_of_a_long_text_do_not_show(monkeypatch):
    """A text that is searched window by window holds what it holds when searched at once."""
    text = "The US, the Islamic State (ISX) and the People's Front met. Sudan left ISX alone. " * 9
    at_once = found(text)
    for window in (1, 7, 40):
        monkeypatch.setattr(wordings, "_WINDOW", window)
        assert found(text) == at_once
    assert len(at_once) == 9 * 6


def test_lone_surrogates_are_no_obstacle():
    """Bad input that UTF-8 cannot hold is searched like any other text."""
    assert found("ISIS \ud800 fled the US") == [("Islamic State", "ISIS"), ("United States", "US")]


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
        (GOOD + 'alias = ["B"]\n', 7, 'unknown key "alias". Did you mean "aliases"'),
        (GOOD + 'kind = "armed grup"\n', 7, 'Did you mean "armed group"'),
        (GOOD + 'aliases = "B"\n', 7, "Write a list"),
        (GOOD + "aliases = ['B']\n", 7, '"B" names both A and C'),
        (GOOD + 'aliases = ["b"]\n', 7, '"b" names both'),
        (GOOD + 'aliases = [" D"]\n', 7, "begins or ends with a blank"),
        (GOOD + 'aliases = ["D"]\nadjectives = ["D"]\n', 8, '"D" is named twice for C'),
        (GOOD.replace("B", "B's") + 'aliases = ["B’s"]\n', 7, '"B’s" names both A and C'),
        ('[[actors]]\nkind = "state"\n', 1, "an actor without a name"),
    ],
)
def test_mistakes_in_an_actor_file_name_the_line(tmp_path, text, line, message):
    """Each mistake is named with file, line and remedy."""
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as error:
        load_catalogue(path)
    assert f"mine.toml, line {line}:" in str(error.value)
    assert message in str(error.value)


def test_a_catalogue_comes_back_from_plain_data():
    """Plain data holds the whole catalogue."""
    assert parse_catalogue(CATALOGUE.as_dict()) == CATALOGUE
    assert stored_catalogue(CATALOGUE.as_dict()) == CATALOGUE
    with pytest.raises(SettingsError, match="no actors"):
        parse_catalogue({})
    assert Catalogue(()).actors == ()


def test_own_actors_win_over_the_base():
    """An own entry replaces its namesake, takes its aliases, and leaves the rest alone."""
    base = Catalogue((Actor("A", aliases=("B", "C")), Actor("D"), Actor("E")))
    own = Catalogue((Actor("B"), Actor("D", kind="party"), Actor("F", aliases=("E",))))
    assert combined(own, base).actors == (*own.actors, Actor("A", aliases=("C",)))


def test_own_wordings_in_lower_case_win_in_any_case():
    """A wording that matches in any case is claimed in every case; others in their own alone."""
    base = Catalogue((Actor("Mon", aliases=("RIVER", "Delta")), Actor("Sea"), Actor("peace now")))
    own = Catalogue((Actor("Water", aliases=("river", "sea")), Actor("Peace Now", aliases=("D",))))
    both = combined(own, base)
    assert both.actors == (*own.actors, Actor("Mon", aliases=("Delta",)))
    text = "The RIVER and the Sea. Peace Now."
    assert [m.actor for m in ActorMatcher(both).mentions(text)] == ["Water", "Water", "Peace Now"]
    cased = Catalogue((Actor("X", aliases=("MON",)),))
    assert combined(cased, base).actors == (*cased.actors, *base.actors)


def test_two_files_may_not_claim_one_name(tmp_path):
    """A name in two actor files is an error that names both, with their lines."""
    (tmp_path / "one.toml").write_text(GOOD)
    (tmp_path / "two.toml").write_text('[[actors]]\nname = "Z"\naliases = ["B"]\n')
    with pytest.raises(SettingsError, match=r'two.toml, line 3: "B" stands in .*one.toml, line 3'):
        load_catalogues([tmp_path / "one.toml", tmp_path / "two.toml"])
    (tmp_path / "two.toml").write_text('[[actors]]\nname = "Z"\naliases = ["b"]\n')
    with pytest.raises(SettingsError, match=r'two.toml, line 3: "b" stands in .*one.toml, line 3'):
        load_catalogues([tmp_path / "one.toml", tmp_path / "two.toml"])


@given(st.lists(st.text(min_size=1, max_size=9).map(str.strip).filter(bool), unique=True))
def test_written_actors_are_read_back(tmp_path_factory, names):
    """Whatever the name, the file written is valid TOML and says the same."""
    actors = tuple(Actor(f"{i}", aliases=(f"{i} {name}",)) for i, name in enumerate(names))
    path = tmp_path_factory.mktemp("actors") / "a.toml"
    path.write_text(
        write_actors([Entry(a, (n,)) for a, n in zip(actors, names, strict=True)]), "utf-8"
    )
    if actors:
        assert load_catalogue(path).actors == actors


def test_the_shipped_actor_file_is_valid_and_knows_the_seeds(root, seeds):
    """The world's actors load, each by every name, and find the parties of the seed articles."""
    catalogue = load_catalogue(root / "training" / "actors" / "world.toml")
    matcher = ActorMatcher(catalogue)
    for actor in catalogue.actors:
        for name in actor.names:
            assert [m.actor for m in matcher.mentions(f"then {name} left")] == [actor.name]
    actors = {m.actor for path in seeds for m in matcher.mentions(path.read_text("utf-8"))}
    assert {"Islamic State", "Government of National Accord", "GNA forces"} <= actors
