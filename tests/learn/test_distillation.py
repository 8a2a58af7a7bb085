"""A student learns from its teacher, and from no text that it is evaluated on."""

import contextlib
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from stance.actors.catalogue import load_catalogue
from stance.codebook import Codebook
from stance.distillation import read_unlabelled
from stance.errors import InputError, SettingsError
from stance.output.card import render_card
from stance.recipe import parse_recipe
from stance.recipe_settings import BlockSettings, DistillSettings, PartSettings
from stance.training import train

TEACHER = """
name = "teacher"
folds = 3
[features.words]
kind = "tfidf"
ngrams = [1, 1]
min_df = 1
[classifier]
C = [1.0]
"""


@pytest.fixture
def taught(study, tmp_path):
    """The study with a recipe as teacher, and settings of the distillation as asked."""
    (tmp_path / "teacher.toml").write_text(TEACHER)

    def with_settings(**settings):
        given = {"unlabelled": ("unlabelled.jsonl",), "teacher": "teacher.toml", **settings}
        return replace(study, distill=DistillSettings(**given))

    return with_settings


def names_and_weights(model):
    """The words that a model reads and their weights for the first label."""
    names = list(model.spaces["paragraph"].blocks[0].block.feature_names)
    return dict(zip(names, model.tasks["labels"].weights[:, 0].tolist(), strict=True))


def test_a_student_learns_words_that_only_its_teacher_read(study, taught, tmp_path):
    """Distillation gives weight to words that no labelled paragraph holds."""
    train(study, problems=pytest.fail).save(tmp_path / "teacher")
    student = train(taught(teacher="teacher", weight=(0.5,)), problems=pytest.fail)
    weights = names_and_weights(student)
    assert "ruby" in weights
    assert student.provenance["n_unlabelled"] > 250
    assert weights["red"] > weights["filler1"]


def test_a_teacher_may_be_a_recipe(taught):
    """A recipe as teacher is fitted in every fold, so the student's figures are honest."""
    student = train(taught(sample=(50,)), problems=pytest.fail)
    assert student.provenance["n_unlabelled"] == 50
    assert not student.provenance["teacher_is_trained"]
    assert student.tasks["labels"].training["out_of_fold"]["macro_f1"] > 0.9


def test_known_text_is_left_out_of_the_unlabelled(taught, rows, tmp_path):
    """Unlabelled text that repeats labelled or held-out text is left out and counted."""
    known = [row["text"] for row in (*rows(80, 1)[:5], *rows(40, 2, words=4)[:5])]
    with (tmp_path / "unlabelled.jsonl").open("a") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in known)
    student = train(taught(), problems=pytest.fail)
    assert student.provenance["n_unlabelled_left_out"] == len(set(known))


def test_near_duplicates_of_files_kept_apart_are_left_out(taught, tmp_path):
    """An edited copy of a paragraph to evaluate on is left out; a shared quotation is no copy."""
    words = [f"word{number}" for number in range(60)]
    other = [f"other{number}" for number in range(50)]
    apart = "\n\n".join([" ".join(words), " ".join(other)])
    (tmp_path / "apart.jsonl").write_text(json.dumps({"text": apart}) + "\n")
    edited = " ".join([*words[:59], "changed"])
    quoting = " ".join([*words[:9], *(f"new{number}" for number in range(50))])
    with (tmp_path / "unlabelled.jsonl").open("a") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in (edited, quoting))
    loose = train(taught(), problems=pytest.fail).provenance
    strict = train(taught(keep_apart=("apart.jsonl",)), problems=pytest.fail).provenance
    assert strict["n_unlabelled_left_out"] == loose["n_unlabelled_left_out"] + 1
    assert strict["n_unlabelled"] == loose["n_unlabelled"] - 1


def test_nothing_new_to_learn_from_is_an_error(taught):
    """Unlabelled files that hold nothing new are named."""
    with pytest.raises(InputError, match=r"labelled\.jsonl: no paragraph that is not labelled"):
        train(taught(unlabelled=("labelled.jsonl",)), problems=pytest.fail)
    with pytest.raises(SettingsError, match="names no unlabelled files"):
        train(taught(unlabelled=()), problems=pytest.fail)
    with pytest.raises(SettingsError, match="names no teacher"):
        train(taught(teacher=""), problems=pytest.fail)


def test_a_part_may_learn_from_the_hand_labels_alone(taught):
    """A word of the unlabelled text alone weighs nothing in a part that is not taught."""

    def weight_of_unlabelled_word(**part):
        parts = {"own": PartSettings(**part), "other": PartSettings(share=1e-9)}
        student = train(replace(taught(weight=(0.5,)), parts=parts), problems=pytest.fail)
        found = names_and_weights(student)
        return abs(found["crimson"] / found["red"])

    assert weight_of_unlabelled_word() > 1e-3
    assert weight_of_unlabelled_word(taught=False) < 1e-6


def test_some_part_of_a_student_is_taught(tmp_path):
    """A student none of whose parts listens is refused."""
    distill = {"unlabelled": ["unlabelled.jsonl"], "teacher": "teacher.toml"}
    with pytest.raises(SettingsError, match="no part listens to the teacher"):
        parse_recipe(
            {"name": "deaf", "distill": distill, "parts": {"alone": {"taught": False}}},
            folder=tmp_path,
        )


def test_cross_validation_chooses_how_much_the_student_listens(taught):
    """Every listed combination is tried, the best is taken, and all is told on the card."""
    recipe = taught(weight=(0.001, 1.0), sample=(5, 0), terms=(3, 0), rounds=(0, 1))
    model = train(recipe, problems=pytest.fail)
    found = model.tasks["labels"].training["distilled"]
    tried = found["tried"]
    keys = ("weight", "sample", "terms", "rounds")
    assert len({tuple(one[key] for key in keys) for one in tried}) == 16
    (chosen,) = [one for one in tried if one["chosen"]]
    assert chosen["score"] == max(one["score"] for one in tried)
    assert {key: chosen[key] for key in keys} == {key: found[key] for key in keys}
    # Three terms are too few for two labels with two words each, so more were chosen.
    assert found["terms"] == 0
    card = render_card(model, {})
    assert f"| labels | {found['weight']} | {found['sample']} | 0 | {found['rounds']} |" in card
    assert card.count("| chosen |") == 1
    assert "fitted on the same labels" in card


def test_a_limited_vocabulary_reads_the_terms_that_most_texts_hold(taught):
    """Terms beyond the limit are in no model, and so not in the lengths of its vectors either."""
    every = train(taught(), problems=pytest.fail).spaces["paragraph"].blocks[0].block
    model = train(taught(terms=(12,)), problems=pytest.fail)
    block = model.spaces["paragraph"].blocks[0].block
    assert len(block.vocabulary) == 12
    assert (np.abs(model.tasks["labels"].weights).max(axis=1) > 0).all()
    is_left_out = np.isin(every.vocabulary, block.vocabulary, invert=True)
    assert block.idf.max() <= every.idf[is_left_out].min()


def test_the_limit_of_terms_leaves_other_features_alone(taught, tmp_path):
    """Categories of a lexicon are no terms and are never among those left out."""
    (tmp_path / "words.toml").write_text('colour = ["red", "scarlet"]\nshape = ["cube"]\n')
    counted = parse_recipe(
        {"name": "x", "features": {"listed": {"kind": "lexicon", "lexicon": "words.toml"}}},
        folder=tmp_path,
    )
    recipe = taught(terms=(1,))
    model = train(
        replace(recipe, features={**counted.features, **recipe.features}), problems=pytest.fail
    )
    listed, words = model.spaces["paragraph"].blocks
    n_listed = len(listed.block.feature_names)
    weights = np.abs(model.tasks["labels"].weights).max(axis=1)
    assert (weights > 0).all()
    assert len(words.block.feature_names) == 1
    assert len(weights) == n_listed + 1


def test_a_student_can_teach_itself(taught):
    """A round of self-training takes the student's own opinions, so its weights change."""
    once = train(taught(rounds=(0,)), problems=pytest.fail)
    again = train(taught(rounds=(1,)), problems=pytest.fail)
    assert again.tasks["labels"].training["distilled"]["rounds"] == 1
    assert once.tasks["labels"].training["out_of_fold"]["macro_f1"] > 0.8
    assert again.tasks["labels"].training["out_of_fold"]["macro_f1"] > 0.8
    assert names_and_weights(once) != names_and_weights(again)


PRAISE, BLAME = ("praised", "lauded", "hailed"), ("blamed", "cursed", "scolded")


def told_of_actors(n, seed, *, verbs):
    """Invented sentences that praise or blame one of two actors."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        actor, is_good = rng.choice(["Zorland", "Quimby"]), rng.random() < 0.5
        verb = rng.choice((PRAISE if is_good else BLAME)[:verbs])
        text = f"Case {seed} {i}: crowds in place{rng.integers(20)} {verb} {actor} again."
        start = text.index(actor)
        target = {"start": start, "end": start + len(actor), "view": "good" if is_good else "bad"}
        found.append({"text": text, "article": f"{seed}-{i // 2}", "targets": [target]})
    return found


@pytest.fixture
def views(tmp_path):
    """A study of a view towards actors, with unlabelled text that has more verbs."""
    names = {"labelled.jsonl": (60, 1, 1), "unlabelled.jsonl": (200, 2, 3)}
    for name, (n, seed, verbs) in names.items():
        listed = told_of_actors(n, seed, verbs=verbs)
        if name == "unlabelled.jsonl":
            listed = [{"text": row["text"]} for row in listed]
            listed += [{"text": f"Nobody whom a file lists was seen on day {i}."} for i in range(9)]
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in listed))
    (tmp_path / "actors.toml").write_text(
        'name = "two"\n[[actors]]\nname = "Zorland"\nkind = "state"\n'
        '[[actors]]\nname = "Quimby"\nkind = "person"\n'
    )
    view = {"unit": "target", "several": False, "labels": {"good": "", "bad": ""}}
    plain = {
        "name": "views",
        "folds": 3,
        "codebook": {"tasks": {"view": view}},
        "actors": "actors.toml",
        "data": {
            "train": ["labelled.jsonl"],
            "labels": {"view": "view"},
            "target": {"within": "targets"},
        },
        "features": {"words": {"kind": "tfidf", "analyzer": "target.words", "min_df": 1}},
        "classifier": {"C": [1.0]},
        "distill": {"unlabelled": ["unlabelled.jsonl"], "teacher": "teacher.toml"},
    }
    (tmp_path / "teacher.toml").write_text(
        'name = "teacher"\nfolds = 3\n[features.letters]\nkind = "tfidf"\n'
        'analyzer = "target.letters"\nngrams = [2, 3]\nmin_df = 1\n[classifier]\nC = [1.0]\n'
    )
    return parse_recipe(plain, folder=tmp_path)


def test_a_target_task_learns_from_actors_found_in_unlabelled_text(views):
    """The actors of the recipe are found, and words near them that no label knew get weight."""
    model = train(views, problems=pytest.fail)
    assert model.provenance["n_unlabelled"] == 209
    assert model.provenance["n_unlabelled_targets"] == 200
    assert model.tasks["view"].training["out_of_fold"]["macro_f1"] > 0.9
    names = " ".join(model.spaces["target"].blocks[0].block.feature_names)
    assert "hailed" in names
    alone = train(replace(views, distill=None), problems=pytest.fail)
    assert "hailed" not in " ".join(alone.spaces["target"].blocks[0].block.feature_names)
    assert "200 actors named in them" in render_card(model, {})


def test_a_trained_model_teaches_a_target_task(views, tmp_path):
    """A model's folder teaches as a recipe does, and the card says that its figures flatter."""
    train(replace(views, distill=None), problems=pytest.fail).save(tmp_path / "model")
    student = train(
        replace(views, distill=replace(views.distill, teacher="model")), problems=pytest.fail
    )
    assert student.tasks["view"].training["out_of_fold"]["macro_f1"] > 0.9
    assert "the figures out of fold flatter" in render_card(student, {})


def test_every_actor_of_a_paragraph_is_marked_once(views):
    """An actor is a unit by its first mention; all other mentions are known as others."""
    text = "Zorland met Quimby. Quimby left, and Zorland stayed."
    (views.folder / "unlabelled.jsonl").write_text(json.dumps({"text": text}) + "\n")
    actors = load_catalogue(views.path("actors.toml"))
    found = read_unlabelled(views, views.distill, [], actors=actors, problems=pytest.fail)
    spans = [(unit.start, unit.end) for unit in found.targets.units]
    assert spans == [(0, 7), (12, 18)]
    assert found.targets.units[0].others == ((12, 18), (20, 26), (37, 44))
    assert found.targets.rank.tolist() == [0, 0]


def test_a_smaller_sample_is_part_of_a_larger_one(taught):
    """Samples are random and nested, so that sizes can be compared."""
    recipe = taught(sample=(20,))
    small = read_unlabelled(recipe, recipe.distill, [], problems=pytest.fail).paragraphs
    recipe = taught(sample=(20, 50))
    large = read_unlabelled(recipe, recipe.distill, [], problems=pytest.fail).paragraphs
    assert len(large.units) == 50
    taken = [unit for unit, rank in zip(large.units, large.rank, strict=True) if rank < 20]
    assert taken == list(small.units)


def test_a_target_task_needs_actors(views):
    """Without an actor file, or any of its actors in the text, the error says what to do."""
    with pytest.raises(SettingsError, match="task view codes targets, and no actors are named"):
        train(replace(views, actors=""), problems=pytest.fail)
    (views.folder / "unlabelled.jsonl").write_text('{"text": "Nobody known is named here."}\n')
    with pytest.raises(InputError, match=r"names none of the actors in actors\.toml"):
        train(views, problems=pytest.fail)


SENTENCES = '[parts.all]\nread = "sentences"\n'
BY_TOPIC = TEACHER.replace("[classifier]", "by_topic = true\n[classifier]")


@pytest.mark.parametrize(
    ("teacher", "message"),
    [
        (TEACHER + SENTENCES, "its part all reads sentences"),
        (TEACHER + '[distill]\nteacher = "other"\n', "it is a student itself"),
        (BY_TOPIC, "its block words reads by topic"),
    ],
)
def test_a_teacher_that_cannot_teach_is_refused(taught, tmp_path, teacher, message):
    """A recipe that cannot be fitted on the labels and read unlabelled text is named."""
    recipe = taught()
    (tmp_path / "teacher.toml").write_text(teacher)
    with pytest.raises(SettingsError, match="teacher") as error:
        train(recipe, problems=pytest.fail)
    assert message in str(error.value)


def test_a_model_that_reads_sentences_may_teach(study, taught, tmp_path):
    """What a recipe cannot do in every fold, its trained model can."""
    parts = {"whole": PartSettings(), "sentences": PartSettings(read="sentences")}
    train(replace(study, parts=parts), problems=pytest.fail).save(tmp_path / "model")
    student = train(taught(teacher="model"), problems=pytest.fail)
    assert student.tasks["labels"].training["out_of_fold"]["macro_f1"] > 0.9


def test_a_model_of_other_labels_is_refused(study, taught, tmp_path):
    """A trained teacher must code the student's tasks with the student's labels."""
    model = train(study, problems=pytest.fail)
    task = model.tasks["labels"].task
    other = replace(task, labels={"shape": "", "colour": ""})
    swapped = replace(model.tasks["labels"], task=other)
    replace(model, codebook=Codebook({"labels": other}), tasks={"labels": swapped}).save(
        tmp_path / "swapped"
    )
    with pytest.raises(SettingsError, match="are shape, colour; expected: colour, shape"):
        train(taught(teacher="swapped"), problems=pytest.fail)
    renamed = replace(model.tasks["labels"], task=replace(task, name="mood"))
    replace(model, codebook=Codebook({"mood": renamed.task}), tasks={"mood": renamed}).save(
        tmp_path / "renamed"
    )
    with pytest.raises(SettingsError, match='does not code the task "labels", only mood'):
        train(taught(teacher="renamed"), problems=pytest.fail)


def test_only_the_tasks_named_are_distilled(taught):
    """A task that is not named learns from its labels alone, in the same vocabulary."""
    recipe = taught(tasks=("labels",))
    fields = {"labels": "labels", "again": "labels"}
    model = train(replace(recipe, data=replace(recipe.data, labels=fields)), problems=pytest.fail)
    assert "distilled" in model.tasks["labels"].training
    assert "distilled" not in model.tasks["again"].training


def test_a_teacher_without_its_encoder_teaches_from_the_rest(taught, tmp_path, monkeypatch):
    """An optional block of the teacher is left out, with a notice, as the student's own are."""
    monkeypatch.setattr("stance.learn.notices.is_installed", lambda: False)
    recipe = taught()
    (tmp_path / "teacher.toml").write_text(
        TEACHER + '[features.meaning]\nkind = "semantic"\noptional = true\n'
    )
    notices = []
    train(recipe, problems=pytest.fail, notices=notices.append)
    (notice,) = notices
    assert 'block "meaning" is left out' in notice


@pytest.mark.parametrize("reader", ["student", "teacher"])
def test_reading_meaning_is_told(taught, tmp_path, monkeypatch, reader):
    """An encoder takes long, so that it shows how many texts it has read, whoever asks for it."""
    pytest.importorskip("onnxruntime", reason='the extra "semantic" is not installed')
    monkeypatch.setenv("STANCE_CACHE", str(tmp_path / "cache"))
    recipe, steps = taught(), []
    if reader == "teacher":
        (tmp_path / "teacher.toml").write_text(TEACHER + '[features.meaning]\nkind = "semantic"\n')
    else:
        features = {**recipe.features, "meaning": BlockSettings("semantic")}
        recipe = replace(recipe, features=features, distill=None)
    train(recipe, problems=pytest.fail, progress=lambda *step: steps.append(step))
    told = [step.partition(": ")[0] for step, _ in steps if re.search(r": \d+ of \d+ texts", step)]
    where = {
        "student": ["reading features of labels"],
        "teacher": ["training labels, its teacher reading"],
    }
    assert list(dict.fromkeys(told)) == where[reader]
    shares = [share for _, share in steps]
    assert shares == sorted(shares)


def test_the_command_tells_what_was_chosen_and_left_out(taught, tmp_path, capsys, monkeypatch):
    """The summary of `stance train` has the chosen settings and the count of paragraphs."""
    from stance.cli import main

    taught()
    (tmp_path / "student.toml").write_text(
        'name = "student"\nfolds = 3\n[data]\ntrain = ["labelled.jsonl"]\n[features.words]\n'
        'kind = "tfidf"\nngrams = [1, 1]\n[classifier]\nC = [1.0]\n[distill]\n'
        'unlabelled = ["unlabelled.jsonl"]\nteacher = "teacher.toml"\nweight = [0.2, 0.4]\n'
    )
    arguments = ["stance", "train", str(tmp_path / "student.toml"), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", arguments)
    with contextlib.suppress(SystemExit):
        main()
    told = capsys.readouterr().out
    assert re.search(
        r"C = 1\.0, weight 0\.[24], sample 0, terms 0, rounds 0, 2 students tried", told
    )
    assert re.search(r"Distilled on \d+ unlabelled paragraphs; \d+ that near-duplicate", told)
