"""What boilerplate in news looks like: the rules as data, one pattern each with its reason.

They are tried in order on a paragraph alone, see `stance.text.cleaning`. A new rule has to earn
its place: hardly any paragraph of news may match, for a false mark loses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Paragraphs longer than this, in characters, are news, but for captions with a credit.
LONGEST_NOISE = 320
# The longest caption seen with its credit at the end has 620.
LONGEST_CAPTION = 1000

# A name in a byline: capitalised words, initials, and the small words within names.
_NAME = r"(?:[A-Z][\w.'&-]*|and|of|the|in|de|la|van|von|der|den|al|bin|el|for|[|/&+;-]|\d{1,4})"
_NAMES = rf"{_NAME}(?:[\s,]+{_NAME}){{0,11}}"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TIME = r"\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:[A-Z]{2,4}|[+-]\d{2}:?\d{2})?"
_DATE = (
    rf"{_WEEKDAY}(?:\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?(?:\s+\d{{4}})?"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})"
)
_MEDIA = r"(?:photo(?:graph)?|picture|image|video|illustration|graphic|map|credit)s?"
_AGENCY = (
    r"(?:ap photo|afp photo|afp/|afp via|ap via|getty|reuters/|epa/|shutterstock|file photo|handout"
    r"|(?:photo|image|picture)s?\s*(?:by|credit|courtesy|:|via))"
)
# What one is told by a person, not by a page.
_UNTOLD = r"(?!.*\b(?:said|says|told|tells|urged|asked|begged|warned|demanded|cried)\b)"
# What a picture does in a sentence, not in a credit.
_UNSHOWN = r"(?!.*\b(?:show(?:s|ed|n|ing)?|appear(?:s|ed)?|suggest(?:s|ed)?|depict(?:s|ed)?)\b)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern of boilerplate: it must match from the start of the repaired paragraph.

    ``longest`` is the most characters that a paragraph may have for the rule to hold; ``why``
    the reason for it.
    """

    kind: str
    why: str
    pattern: re.Pattern[str]
    longest: int = LONGEST_NOISE


def _rule(kind: str, why: str, pattern: str, longest: int = LONGEST_NOISE) -> Rule:
    return Rule(kind, why, re.compile(pattern, re.IGNORECASE), longest)


def _cased(kind: str, why: str, pattern: str, longest: int = LONGEST_NOISE) -> Rule:
    return Rule(kind, why, re.compile(pattern), longest)


RULES: tuple[Rule, ...] = (
    # -- file name
    _rule(
        "file name",
        "a name with the ending of a picture, film or document",
        r"\S{1,100}\.(?:jpe?g|png|gif|webp|bmp|tiff?|svg|mp[34]|mov|avi|pdf)$",
        140,
    ),
    _rule(
        "file name",
        "what cameras, phones and image servers call a picture",
        r"(?:(?:img|dsc[nf]?|dcim|pxl|mvi|pict?|image|photo|screen[ _-]?shot|whatsapp)[-_ ]?\d"
        r"[\w.-]*|\d{5,}[_-][\w-]+|(?=\w*\d)[0-9a-f]{16,}(?:[_-][\w-]+)?)$",
        140,
    ),
    # -- date
    _rule(
        "date",
        "a date or time alone, or with a word that says what happened then",
        rf"(?=.*\d)(?:(?:published|updated|posted|created|modified"
        rf"|last (?:updated|modified)|first published"
        rf"|date)(?:\s+(?:on|at))?\s*:?\s*)?(?:{_DATE})?[\s,|@-]*(?:at\s+)?(?:{_TIME})?$",
        90,
    ),
    _rule(
        "date",
        "the age of a posting",
        r"(?:(?:published|updated|posted)\s+)?\d{1,3}\s+(?:second|minute|min|hour|hr|day|week|month"
        r"|year)s?\s+ago$",
        60,
    ),
    # -- byline
    _cased(
        "byline",
        "an author: after the opening word all words are names",
        rf"[\[(]?(?:(?i:by|author|authors|words by|text by|story by|written by|reported by"
        rf"|posted by|submitted by|compiled by|from our)\b\s*:?\s+){_NAMES}[\])]?$",
        140,
    ),
    _cased(
        "byline",
        "a name with a reporter's office, and no verb",
        rf"{_NAME}(?:[\s,]+{_NAME}){{1,6}}[\s,|-]+(?i:(?:\w+ )?(?:staff writer|staff reporter"
        rf"|correspondent|bureau chief|contributing writer|news editor|reporter))$",
        120,
    ),
    _rule(
        "byline",
        "who the author is, and whose views these are",
        r"(?:[^.]{0,160}\. )?(?:the )?(?:views|opinions)(?: and opinions)? expressed\b"
        r".{0,120}\b(?:own|personal|those of|necessarily|authors?|writers?|contributors?)\b"
        r"|the (?:author|writer) (?:teaches\b|works\b|(?:is|was) (?:an?|the|based"
        r"|(?:\w+ ){0,2}(?:professor|editor|director|fellow|lecturer|columnist|analyst))\b)",
        260,
    ),
    # -- credit
    _cased(
        "credit",
        "who reported, wrote and edited, at the end of agency copy",
        r"[\[(]?(?:(?i:additional|with) )?(?i:reporting|writing|editing|compiled|translated) by "
        rf"(?:the )?{_NAMES}(?: newsroom| bureaux?)?(?:$|[;)\].])",
        260,
    ),
    _rule(
        "credit",
        "a photo credit: a word for a picture, then its maker",
        rf"[\[(]?(?:file |stock |cover |lead |main )?{_MEDIA}(?:\s+(?:by|credit"
        rf"|courtesy|source|via)"
        rf"\b{_UNSHOWN}.{{0,120}}|\s*:\s*[^.!?]{{0,100}})[\])]?\.?$",
        160,
    ),
    _rule(
        "credit",
        "an agency's credit alone",
        r"[\[(]?(?:ap photo|afp photo|reuters/\w|getty images?|epa/|afp/getty|shutterstock)"
        r"[^.!?]{0,80}$",
        120,
    ),
    _rule(
        "credit",
        "copyright lines and agencies' standards",
        r"(?:copyright(?=\W*(?:$|\d|c\)|by\b|(?-i:[A-Z])))|\(c\)|©"
        r"|(?:[^.]{0,100}\. )?all rights reserved\b|(?:read )?our standards:)",
        300,
    ),
    # -- caption
    _rule(
        "caption",
        "a caption that calls itself one",
        r"[\[(]?(?:(?:photo )?caption|pictured|(?:file )?(?:photo|picture|image)"
        r"(?: (?:above|below|left|right))?)\s*:\s",
        220,
    ),
    # -- link
    _rule(
        "link",
        "web addresses, e-mail addresses and handles alone",
        r"(?:(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|@\w{2,30}|#\w+(?:\s+#\w+)*)$",
        300,
    ),
    _rule(
        "link",
        "invitations to share, with nothing but a title behind",
        r"(?:please )?(?:share|tweet|e?-?mail|print|like|save|bookmark)(?: (?:this|on|via|the|with)"
        r"\b(?: (?:article|story|post|page|news|video|report|facebook|twitter|whatsapp|e-?mail"
        r"|linkedin|friends|link))?)\s*(?:$|[:|.•·-]|on\b|with\b|via\b)",
        260,
    ),
    _rule(
        "link",
        "a heading over links, or one with a link behind it",
        r"(?:read|see|watch|listen|learn|find out|discover)(?: also| more| next| the full (?:story"
        r"|article|report)| this)?\s*(?::|>|»|->|\.\.\.$)\s*|(?:read|see|learn|find out) (?:more"
        r"|also|next)\b[^.!?]{0,100}[.>»]{0,3}$",
        200,
    ),
    _rule(
        "link",
        "a heading over other articles, or one with an article's title behind it",
        r"(?:\d+\s+)?(?:related|recommended|trending|popular|latest|more"
        r"|most (?:read|popular|viewed"
        r"|shared)|also|editor'?s'? picks?|don'?t miss|in case you missed it|you (?:may|might) "
        r"(?:also )?(?:like|be interested in)|what to read next|up next|see also|further reading)"
        r"(?: (?:stories|articles|news|coverage|posts|content|topics|videos|reading|links|headlines"
        r"|on this (?:story|topic)))?\s*(?::|\||»|>|$)",
        200,
    ),
    _rule(
        "link",
        "Sputnik's counter of views before related titles",
        r"\d{1,6} Related [A-Z]",
        LONGEST_CAPTION,
    ),
    _rule(
        "link",
        "more from the same outlet or on the same story",
        r"more (?:from|stories from|news from)\b[^.!?]{0,60}$"
        r"|more (?:on this (?:story|topic)|by this author)\b[^.!?]{0,60}\.?$"
        r"|more follows\b|more to follow\b",
        120,
    ),
    _rule(
        "link",
        "invitations to click, follow, subscribe, write in or download",
        r"(?:[^.]{0,140}\. )?click here\b|(?:please )?(?:like (?:us|me|our page)|(?:follow|join"
        r"|find|visit|contact|check out) (?:us|me|our)|(?:follow|like) @\w+)"
        rf"\b{_UNTOLD}[^!?]{{0,120}}\b(?:on|at|page|twitter|facebook|instagram|telegram"
        r"|newsletter|channel|website)\b|follow (?:@\w+|[\w ]{1,40} on (?:twitter|facebook|x"
        r"|instagram|telegram))|(?:subscribe|sign up|sign in|log in|register|donate)(?: now| today"
        rf"| here)?(?: (?:to|for|with|on|via|or)\b{_UNTOLD}.{{0,160}}|$|[|!.])"
        r"|download (?:our|the) (?:free )?app",
        220,
    ),
    _rule(
        "link",
        "where a newsroom asks for letters and comments",
        r".{0,80}\blet us know in the comments\b|letters (?:to the editor|for publication)\b"
        r"|(?:media|press) (?:enquiries|inquiries|contacts?)\s*(?:$|[:,|(-]|please\b)"
        r"|notes? (?:to|for) editors\b|for (?:further|more) information\s*[:,]|have your say\b"
        r"|do you have a (?:story|tip)\b",
        260,
    ),
    _rule(
        "link",
        "what an article is filed under",
        r"(?:tags?|topics?|keywords|filed under|categor(?:y|ies)|posted in|labels)\s*:",
        220,
    ),
    # -- navigation
    _rule(
        "navigation",
        "the words on buttons and menus",
        r"(?:home|menu|main menu|search|next|prev(?:ious)?|back|back to top|top|close|skip to "
        r"(?:main )?(?:content|navigation)|(?:load|show|view|see) (?:more|all|comments)|(?:\d+|no"
        r"|leave a|add a|post a|view|join the)\s*(?:comments?|conversation|replies|reply|shares?"
        r"|likes?|views?)|comments?|share|tweet|print|e?-?mail|facebook|twitter|whatsapp|linkedin"
        r"|telegram|reddit|pinterest|instagram|youtube|copy link|subscribe|log ?in|sign in|register"
        r"|newsletters?|advertis(?:e?ment|ing)|ad|ads|sponsored(?: content)?|promoted|contents?"
        r"|about us|contact(?: us)?|privacy policy|terms (?:of use|and conditions|of service)"
        r"|cookie policy|(?:story |article )?continue(?:s|d)? (?:reading )?below(?: (?:the )?"
        r"advertisement)?|continue reading|read full (?:story|article)|scroll (?:down|to continue)"
        r"(?: reading)?|(?:article|story) continues\b.{0,40}"
        r"|\d+ min(?:ute)?s? read|listen|play|pause)"
        r"[\s.>»:…]*$",
        80,
    ),
    _rule(
        "navigation",
        "notices on cookies, advertisements and scripts",
        r"(?:this (?:web)?site|we|our (?:web)?site|our partners) uses? (?:\w+ ){0,3}cookies\b"
        r"|by (?:continuing|using|clicking)\b.{0,120}\b(?:cookies|(?:you|I)(?: \w+)? (?:agree"
        r"|accept|consent|acknowledge|confirm))\b"
        r"|(?:accept (?:all )?cookies|manage (?:cookies|consent))\b.{0,120}$"
        r"|(?:please )?enable (?:javascript|cookies)"
        r"|advertisement(?=\s*(?:$|[^\w\s,]|continue|story|article|scroll|skip|close)).{0,60}$",
        LONGEST_NOISE,
    ),
    _cased(
        "navigation",
        "a menu or the path to a page: three short items or more with a sign between",
        r"[^|>»•·›]{1,30}(?:[|>»•·›]+[^|>»•·›.!?]{1,30}){2,}$",
        200,
    ),
    _rule(
        "navigation",
        "what an editor tells the reader about the article, not about its matter",
        r"(?:this is a developing (?:news )?story\b|(?:this (?:story|article|report|page)"
        r"|the (?:story|page)) (?:has been|was|is being|will be) (?:updated|corrected|amended)\b"
        r"|editor'?s'? note: (?:there are"
        r"|this (?:story|article)|readers)|refresh (?:this )?page|warning: (?:graphic|this (?:story"
        r"|article|report|page|post|video|footage|gallery|image))\b"
        r"|\((?:corrects|recasts|refiles|adds|updates|repeats|clarifies)\b[^)]*\)$)",
        260,
    ),
    # -- fragment
    _rule(
        "fragment",
        "no letters at all: a rule, a page number, a score of stars",
        r"[\W\d_]*$",
        120,
    ),
    _cased(
        "fragment",
        "a single word that ends no sentence, in a script that writes blanks between words",
        r"[A-Za-z\u00c0-\u058f\u0600-\u06ff-]{1,24}$",
        24,
    ),
)

# A caption may be long: it is known by the credit that ends it, or by the photo that it shows.
CREDIT_AT_END = re.compile(
    rf"[\[(][^\[\]()]{{0,20}}{_AGENCY}[^\[\]()]{{0,80}}[\])]\.?$"
    rf"|\((?:ap|afp|reuters|epa|getty)\s*(?:photo|images|/)[^()]{{0,80}}\)\.?$",
    re.IGNORECASE,
)
PHOTO_AT_START = re.compile(
    r"(?:(?:handout|file) (?:photo|image|picture|photograph)s?|(?:photo|image|picture|photograph))"
    r" (?:taken|released|provided|made available) (?:on|by)\b"
    r"|(?:ap|afp|epa) photo/"
    r"|.{0,120}\bin th(?:is|ese) (?:(?:still|undated|file|handout|combination|aerial)\b"
    rf"|{_WEEKDAY}{_MONTH} \d{{1,2}},? \d{{4}},?|{_WEEKDAY}\d{{1,2}} {_MONTH},? \d{{4}},?)"
    r".{0,20}\b(?:photo|image|picture)",
    re.IGNORECASE,
)
