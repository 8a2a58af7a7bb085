"""English function words, by what they tell about the grammar around an actor; all folded."""

from __future__ import annotations

from typing import Final

from stance.text.tokens import folded


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


ENDINGS: Final = frozenset({".", "!", "?"})
QUOTES: Final = frozenset({'"', "“", "”"})

NEGATIONS: Final = _words(
    """not no never n't without neither nor nobody nothing hardly barely cannot denied denies deny
    fail failed fails lack lacks lacked"""
)
BE: Final = _words("is was are were be been being got get gets")
AUXILIARIES: Final = BE | _words(
    """am has have had will would can could may might shall should must do does did 's to not
    n't"""
)
DETERMINERS: Final = _words("the a an this that these those his her its their our my your")
PREPOSITIONS: Final = _words(
    """of by for with against to from on in at about over under between like towards toward into
    behind after before than as among including around through without via despite upon near versus
    vs"""
)
# What parts one clause from the next.
BREAKS: Final = _words(
    """, ; : — – - ( ) but and while who which that because although though when whereas if after
    before as where since until " “ ”"""
)
SPEECH: Final = _words(
    """said says say told tells added adds wrote writes tweeted stated states argued argues
    explained noted notes announced claimed claims asked insisted replied continued declared
    responded warned suggested acknowledged testified reported reports according saying telling
    spokesman spokeswoman commented recalled remarked quoted"""
)
POSSESSIVE_PRONOUNS: Final = _words("his her their its whose hers my our")
PRONOUNS: Final = POSSESSIVE_PRONOUNS | _words(
    """he she him they them theirs it himself herself who whom i we us me you your"""
)
# Written with a capital at the start of a sentence, or always, without being a name.
NO_NAMES: Final = _words(
    folded(
        """The A An In On At But And He She It They We I This That These Those If As For When While
        After Before Since There His Her Their Its Our My You Your What Who Why How Some Many Most
        All No Not Yes With By To From Of So Or Yet Then Now Also Both Each Other Another One Two
        Even Still Just According Meanwhile However Although Though Because During Last More Earlier
        Later I'm It's Here Where Which Mr Mrs Ms Dr Sen Rep Gov Monday Tuesday Wednesday Thursday
        Friday Saturday Sunday January February March April June July August September October
        November December"""
    )
)
# What may follow a stem, with the consonant doubled or not; the stem alone counts as well.
SUFFIXES: Final = _words(
    """e s es ed d ing ion ions er ers ism ive al ly ity ist ists y ies ied ful ous ant ance ment
    ments ted ting ning ned t en n ation ations ized izing ize ised ising ise cy h ors or iness ness
    red ring bed bing ping ped"""
) | {""}
