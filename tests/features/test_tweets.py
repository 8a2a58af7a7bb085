"""Terms of short messages, and models that know one topic from another."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.classify.solver import balanced_weights, balanced_weights_within
from stance.errors import SettingsError
from stance.features.extractors import TfidfExtractor
from stance.features.terms import Terms
from stance.features.tweets import MESSAGE_READERS
from stance.records import Unit


def test_signs_are_words_tags_names_and_punctuation():
    """Signs keep their marks; n-grams join them by a space."""
    found = Terms("signs", 1, 2).of(Unit("@zed Don’t lie!! #NoWay"))
    assert found[:5] == ["@zed", "don't", "lie", "!!", "#noway"]
    assert "lie !!" in found


def test_letters_cross_words_and_squeeze_white_space():
    """Runs of characters go on across words; any white space is one space."""
    assert Terms("letters", 3, 3).of(Unit(" No \n Go")) == ["no ", "o g", " go"]
    assert Terms("letters", 5, 5, case=True).of(Unit(" No \n Go")) == ["No Go"]


def test_hashtags_are_parted_where_the_writing_shows_it():
    """Capitals, digits and underscores part the words of a hashtag."""
    found = Terms("hashtags").of(Unit("so #HumanRightsNow #USAToday2 #save_it"))
    assert found == ["human", "rights", "now", "usa", "today", "2", "save", "it"]


def test_dropped_wordings_are_not_read():
    """What is dropped leaves no term, and all else keeps its place."""
    unit = Unit("#Tag stay")
    dropped = Terms("signs", 1, 1, drop=("#Tag",))
    assert dropped.of(unit) == ["stay"]
    assert list(dropped.spans(unit)) == [("stay", (5, 9))]


def test_the_topic_is_a_term():
    """The topic alone, wherever it stands."""
    assert Terms("topic").of(Unit("text", topic="climate")) == ["climate"]


def test_a_topic_stands_on_one_line():
    """White space of any kind in a topic is one space, in terms and in their places."""
    unit = Unit("more", topic=" wind\n power")
    read = Terms("word", 1, 1, by_topic=True)
    assert Terms("topic").of(unit) == ["wind power"]
    assert read.of(unit) == ["wind power|more"]
    assert list(read.spans(unit)) == [("wind power|more", (0, 4))]


def test_a_topic_without_the_mark_is_asked_for():
    """A topic that could not be told from the term read under it is an error."""
    units = [Unit("more", topic="wind|power")]
    assert TfidfExtractor(ngrams=(1, 1), min_df=1).fit(units)
    with pytest.raises(SettingsError, match=r'The topic "wind\|power" holds "\|"'):
        TfidfExtractor(ngrams=(1, 1), min_df=1, by_topic=True).fit(units)


def test_half_characters_are_no_terms():
    """A term that no file can hold is left out of the vocabulary, and the others stay."""
    extractor = TfidfExtractor(analyzer="signs", ngrams=(1, 2), min_df=1).fit(["good \ud83d day"])
    assert extractor.block_.vocabulary == ["day", "good"]


def test_capitals_are_for_messages():
    """Other analyzers fold; asking them for capitals is an error."""
    with pytest.raises(SettingsError, match="reads no capitals"):
        Terms("word", case=True)


@given(st.text(), st.booleans())
def test_places_lie_in_the_text(text, case):
    """Every term's place lies in the text, in any Unicode."""
    for analyzer in set(MESSAGE_READERS) - {"topic"}:
        reading = Terms(analyzer, 1, 3, case=case)
        unit = Unit(text)
        spans = list(reading.spans(unit))
        assert [term for term, _ in spans] == reading.of(unit)
        for term, (start, end) in spans:
            assert 0 <= start < end <= len(text)
            assert "\n" not in term


def test_classes_are_balanced_within_topics():
    """Each topic's rows get the weights that they would get alone."""
    y = np.array([1.0, 0, 0, 0, 1, 1, 0, 0])
    topics = np.array([0, 1, 0, 0, 1, 1, 0, 1])
    found = balanced_weights_within(y, topics)
    for topic in (0, 1):
        inside = topics == topic
        np.testing.assert_allclose(found[inside], balanced_weights(y[inside]))


def test_a_word_may_mean_the_opposite_under_another_topic(tmp_path):
    """A model with terms by topic learns each topic's own meaning of a word."""
    from stance.recipe import parse_recipe
    from stance.training import train

    random = np.random.default_rng(5)

    def row(number, topic, word, label):
        # Texts that share their words would count as one article.
        fillers = ["".join(random.choice(list("abdegilmnorst"), 7)) for _ in range(6)]
        text = " ".join([*fillers, word])
        return {"id": f"{topic}{number}{word}", "text": text, "topic": topic, "label": label}

    rows = [
        row(number, topic, word, label)
        for number in range(12)
        for topic, yes, no in (("wind", "more", "less"), ("noise", "less", "more"))
        for word, label in ((yes, "for"), (no, "against"))
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    recipe = parse_recipe(
        {
            "name": "topics",
            "folds": 2,
            "data": {"train": ["rows.jsonl"], "topic": "topic", "labels": {"label": "label"}},
            "features": {
                "words": {"kind": "tfidf", "analyzer": "signs", "by_topic": True, "ngrams": [1, 1]},
                "topic": {"kind": "tfidf", "analyzer": "topic"},
            },
            "classifier": {"C": [1.0], "multiclass": "one-vs-rest"},
        },
        folder=tmp_path,
    )
    model = train(recipe, problems=pytest.fail)
    assert model.topics == ("noise", "wind")
    assert model.classify("we want more of it", topic="wind")[0].labels["label"] == ("for",)
    with pytest.raises(SettingsError, match=r'knows no topic "win".*Did you mean "wind"'):
        model.classify("we want more of it", topic="win")
    with pytest.raises(SettingsError, match="needs a topic"):
        model.classify("we want more of it")
    units = [Unit("more", topic="wind"), Unit("more", topic="noise")]
    names = model.codebook.tasks["label"].label_names
    assert [names[i] for i in model.scores(units)["label"].values.argmax(axis=1)] == [
        "for",
        "against",
    ]
