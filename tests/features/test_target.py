"""Signs of stance around a marked target: masked names, named terms, places in the text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import InputError, SettingsError
from stance.features.target import READERS_OF_LISTS, TARGET_READERS
from stance.features.target_marking import mark_target
from stance.features.terms import Terms
from stance.features.wordlist import WordList, load_word_list
from stance.records import Unit

LISTS = {
    "target.polarity": WordList({"brutal": ("-3.0",), "praised": ("2.1",), "calm": ("1.2",)}),
    "target.cues": WordList({"kill": ("harm",), "prais": ("praise",)}),
    "target.classes": WordList({"troops": ("c7",), "praised": ("c9",)}),
}


def about(text, mention, **more):
    """The text with the first place of the mention marked."""
    start = text.index(mention)
    return Unit(text, start, start + len(mention), **more)


def terms(analyzer, unit, low=1, high=2):
    """The set of an analyzer's terms."""
    return set(
        Terms(f"target.{analyzer}", low, high, words=LISTS.get(f"target.{analyzer}")).of(unit)
    )


def test_names_numbers_and_the_target_are_masked():
    """What is learned of one actor holds for another."""
    unit = about("Yesterday Zorlan troops killed 25 men of the Mirav Front.", "Zorlan")
    assert mark_target(unit).forms == (
        *("yesterday", "TARGET", "troops", "killed", "NUM"),
        *("men", "of", "the", "OTHER", "."),
    )


def test_other_actors_are_masked_in_small_letters_too():
    """A known actor that is not capitalised is masked by its span."""
    text = "Zorlan praised the rebels today."
    unit = about(text, "Zorlan", others=((15, 25),))
    assert mark_target(unit).forms == ("TARGET", "praised", "OTHER", "today", ".")


@pytest.mark.parametrize("mention", ["Zorlan", "Zorlan's", "Zorlan’s"])
def test_possession_is_read_however_the_target_is_marked(mention):
    """With the 's inside the span or after it, what follows is what the target owns."""
    unit = about("They mourn Zorlan’s victims now.", "Zorlan")
    if mention != "Zorlan":
        unit = about(f"They mourn {mention} victims now.", mention)
    found = terms("role", unit)
    assert {"owner", "owns:victims", "owns:victims now", "undergoes:mourn"} <= found


def test_active_and_passive_differ():
    """Who kills and who is killed are different terms."""
    acts = terms("role", about("Zorlan has brutally killed villagers.", "Zorlan"))
    suffers = terms("role", about("Zorlan was not killed in May.", "Zorlan"))
    by = terms("role", about("villagers were killed by the Zorlan", "Zorlan"))
    assert "does:killed villagers" in acts
    assert "does:not be killed" in suffers
    assert {"after:by", "after:killed by"} <= by


def test_words_stand_by_side_and_distance():
    """Each word is read with its side and its distance in doubling steps."""
    found = terms("distance", about("we saw how Zorlan fled", "Zorlan"))
    assert found == {"L3:we", "L2:saw", "L1:how", "R1:fled"}


def test_letters_come_from_words_near_the_target():
    """Nearby words are read by letter runs; a short word is read whole; masks stay whole."""
    far = " far" * 9
    found = terms("letters", about(f"Zorlan fled to{far} remote", "Zorlan"), 3, 4)
    assert {"TARGET", " fl", "fled", " to", " to "} <= found
    assert not any("rem" in term for term in found)


def test_negation_turns_polarity_round():
    """A bad word is good after a negation; its strength stays."""
    assert terms("polarity", about("Zorlan is brutal", "Zorlan")) == {"R2:strong bad"}
    assert terms("polarity", about("Zorlan is not brutal", "Zorlan")) == {"R3:strong good"}
    assert terms("polarity", about("calm Zorlan", "Zorlan")) == {"L1:weak good"}


def test_cues_know_what_stands_between():
    """A cue is read with voice, clause breaks and other actors between it and the target."""
    found = terms("cues", about("Zorlan was killed", "Zorlan"))
    assert found == {"harm:R2", "harm:R", "harm:passive R"}
    found = terms("cues", about("they praised, but then Mirav and Zorlan left", "Zorlan"))
    assert found == {"praise:L4", "praise:L break other"}
    found = terms("cues", about("killed by Zorlan. She praised it", "Zorlan"))
    assert {"harm:by L", "praise:R sentence"} <= found


def test_classes_are_read_alone_and_by_place():
    """A word's class counts anywhere and at its distance."""
    assert terms("classes", about("Zorlan troops", "Zorlan")) == {"c7", "R1:c7"}


def test_quotation_and_speech():
    """Inside quotes, or speaking, are different terms."""
    assert "inside quotes" in terms("quotation", about("He said: “Zorlan lost.”", "Zorlan"))
    found = terms("quotation", about("Zorlan said it rained.", "Zorlan"))
    assert found == {"outside plain", "speech R1", "speech R1 outside plain", "speaker"}


@pytest.mark.parametrize(
    ("mention", "kind"),
    [("UNX", "capitals"), ("Zorlan", "name"), ("they", "pronoun"), ("army", "noun")],
)
def test_shape_names_the_kind_of_mention(mention, kind):
    """Pronouns, names, capitals and nouns are told apart."""
    assert {f"kind:{kind}", "opens", "n_others:1"} <= terms(
        "shape", about(f"{mention} met Vessa", mention)
    )


def test_the_mention_is_read_word_by_word_and_whole():
    """The target's wording is kept, on one line."""
    found = terms("mention", about("The Mirav\nFront left", "Mirav\nFront"))
    assert found == {"word:mirav", "word:front", "whole:mirav front"}


@st.composite
def marked_texts(draw):
    """Any text with any span of it marked, and perhaps another actor."""
    text = draw(st.text(min_size=1))
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    other = draw(st.integers(0, len(text)))
    return Unit(text, start, end, others=((other, len(text)),))


@given(marked_texts())
def test_places_lie_in_the_text(unit):
    """Every term's place lies in the text, in any Unicode, and no term holds a line break."""
    for analyzer in TARGET_READERS:
        reading = Terms(analyzer, 1, 3, words=LISTS.get(analyzer))
        spans = list(reading.spans(unit))
        assert [term for term, _ in spans] == reading.of(unit)
        for term, (start, end) in spans:
            assert 0 <= start < end <= len(unit.text)
            assert "\n" not in term


def test_a_text_without_a_target_is_an_error():
    """The message says where such a block belongs."""
    with pytest.raises(SettingsError, match=r'without a marked target.*unit = "target"'):
        Terms("target.words").of(Unit("no target here"))
    with pytest.raises(ValueError, match="outside the text of 5 characters"):
        Terms("target.words").of(Unit("short", 2, 9))


def test_word_lists_are_asked_for_where_they_are_needed():
    """An analyzer that looks words up needs a list, and another takes none."""
    for analyzer in READERS_OF_LISTS:
        with pytest.raises(SettingsError, match="Name its file"):
            Terms(analyzer)
    with pytest.raises(SettingsError, match="Leave lexicon out"):
        Terms("word", words=WordList())


def test_a_bad_line_of_a_word_list_is_named(tmp_path):
    """File, line and remedy."""
    path = tmp_path / "list.tsv"
    path.write_text("# remark\n\ngood\t2\nbad\n", "utf-8")
    with pytest.raises(SettingsError, match=r"list.tsv, line 4: found 'bad'.*Correct the line"):
        load_word_list(path)
    with pytest.raises(InputError, match="cannot be read"):
        load_word_list(tmp_path / "none.tsv")


def test_a_mark_of_utf_8_is_no_part_of_the_first_word(tmp_path):
    """Some editors begin a file with one."""
    path = tmp_path / "list.tsv"
    path.write_text("good\t2\n", "utf-8-sig")
    assert load_word_list(path).values == {"good": ("2",)}


@pytest.mark.parametrize("valence", ["bad", "nan", "inf"])
def test_valences_are_numbers(valence):
    """A list of classes is not taken for one of valences."""
    words = WordList({"praised": ("2.1",), "brutal": (valence,)})
    with pytest.raises(SettingsError, match=f'"{valence}" for "brutal", which is no number'):
        Terms("target.polarity", words=words)


def test_the_shipped_word_lists_are_sound(root):
    """They can be read, valences are numbers in [-4, 4], and words are folded already."""
    folder = root / "training" / "lexicons"
    for path in sorted(folder.glob("*.tsv")):
        found = load_word_list(path)
        listed = [line for line in path.read_text("utf-8").splitlines() if line[0] != "#"]
        assert sorted(found.lines()) == sorted(listed)
    valences = load_word_list(folder / "valence.tsv").values.values()
    assert all(len(values) == 1 and -4 <= float(values[0]) <= 4 for values in valences)
    assert "MIT License" in (folder / "valence.LICENSE.txt").read_text("utf-8")


SENTENCES = [
    ("{} praised the talks and helped the calm town", "favourable"),
    ("{} met the delegates on Monday", "neutral"),
    ("brutal {} killed the villagers and their troops", "unfavourable"),
]
NAMES = ["Zorlan", "Mirav", "Vessa", "Quorin", "Tessel", "Ardun"]


@pytest.fixture(scope="module")
def stance_rows():
    """Invented rows, each one target."""
    rows = []
    for number, name in enumerate(NAMES):
        for sentence, stance in SENTENCES:
            text = f"Reports say that {sentence.format(name)}."
            start = text.index(name)
            span = {"start": start, "end": start + len(name)}
            rows.append({"id": f"d{number}_{stance}", "text": text, **span, "stance": stance})
    return rows


@pytest.fixture(scope="module")
def stance_recipe(stance_rows, tmp_path_factory, root):
    """A recipe for a stance task with three kinds of signs, learned one against the rest."""
    from stance.recipe import parse_recipe

    folder = tmp_path_factory.mktemp("stance")
    lines = "".join(f"{json.dumps(row)}\n" for row in stance_rows)
    (folder / "rows.jsonl").write_text(lines, "utf-8")
    lexicon = str(root / "training" / "lexicons" / "valence.tsv")
    return parse_recipe(
        {
            "name": "stance",
            "folds": 3,
            "data": {
                "train": ["rows.jsonl"],
                "group": "id",
                "group_pattern": "^d[0-9]+",
                "labels": {"stance": "stance"},
            },
            "codebook": {
                "tasks": {
                    "stance": {
                        "unit": "target",
                        "several": False,
                        "labels": {"favourable": "", "neutral": "", "unfavourable": ""},
                    }
                }
            },
            "features": {
                "words": {"kind": "tfidf", "analyzer": "target.words", "min_df": 1},
                "role": {"kind": "tfidf", "analyzer": "target.role", "weight": 0.5},
                "polarity": {"kind": "tfidf", "analyzer": "target.polarity", "lexicon": lexicon},
            },
            "classifier": {"C": [1.0], "multiclass": "one-vs-rest"},
        },
        folder=folder,
    )


def test_a_stance_model_learns_groups_and_keeps_its_lists(stance_recipe, stance_rows, tmp_path):
    """Folds are by document, and a saved model codes the same with nothing beside its folder."""
    from stance.model import load_model
    from stance.training import train

    model = train(stance_recipe, problems=pytest.fail)
    assert model.tasks["stance"].training["n_groups"] == len(NAMES)
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    units = [Unit(row["text"], row["start"], row["end"]) for row in stance_rows]
    ours, theirs = model.scores(units)["stance"], again.scores(units)["stance"]
    assert (ours.raw == theirs.raw).all()
    labels = model.codebook.tasks["stance"].label_names
    assert [labels[i] for i in ours.values.argmax(axis=1)] == [row["stance"] for row in stance_rows]


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        ((2, 400), "span 2 to 400 lies outside the text"),
        ((5, 5), "span 5 to 5 lies outside"),
        (("x", 2), "not two whole numbers"),
        ((0, 4), "span 0 to 4 splits a character"),
    ],
)
def test_a_bad_span_is_told_with_its_row(stance_recipe, tmp_path, span, reason):
    """A span outside the text or through a character: row number and reason; the rest is read."""
    from stance.text.labelled import read_labelled

    good = {"id": "a", "text": "Zorlan left", "start": 0, "end": 6, "stance": "neutral"}
    bad = {"id": "b", "text": "Café\u0301 Zorlan left", "start": span[0], "end": span[1]}
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(good)}\n{json.dumps({**bad, 'stance': 'neutral'})}\n", "utf-8")
    told = []
    data = read_labelled([path], stance_recipe.data, stance_recipe.codebook, problems=told.append)
    assert len(data.targets) == 1
    assert told[0].row == 2
    assert reason in str(told[0])
