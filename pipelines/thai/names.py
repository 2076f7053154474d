"""Names of persons in Thai text: titles before a name, and false friends.

Finds a name by what stands before it, in reviewed data (`personal_titles.yaml`). A name
without a title is not found: where a column holds names its own name must say so.
"""

import re
from functools import cache
from importlib.resources import files

import yaml

#: A word of a name begins with a consonant or a vowel written before one: in `ตำบลนายาง` is no `นาย`.
_WORD, _BLANK = "[ก-ฮเ-ไ][ก-๙]+", "[ \u00a0\t]"
_LATIN = "[A-Za-z][A-Za-z'-]+"


@cache
def _list(group: str) -> list[str]:
    text = files("pipelines.thai").joinpath("personal_titles.yaml").read_text(encoding="utf-8")
    words: list[str] = yaml.safe_load(text)[group]
    return words


def _words(group: str) -> str:
    return "|".join(_list(group))


def title() -> str:
    """Return the pattern (RE2) of any title: what does not hold it holds no titled name."""
    return "|".join(map(_words, ("titles", "latin_titles")))


@cache
def titled_name() -> re.Pattern[str]:
    """Return the pattern of a title and two words after it (in Thai a nickname in brackets between
    them, `ณ` before the second), not inside a word but where one stands before it that is often
    written together with it (`จ้างนางสาว…`)."""
    begins = "|".join(["(?<![ก-๙])", *(f"(?<={word})" for word in _list("before"))])
    family = rf"(?!{_words('after')})(?:ณ\.?{_BLANK}?)?{_WORD}"
    names = rf"{_WORD}{_BLANK}+(?:\([^()]{{1,30}}\){_BLANK}*)?{family}"
    thai = f"(?:{begins})(?!{_words('false_friends')})(?:{_words('titles')})(?:{_BLANK}|\u200b)*{names}"
    names = f"{_LATIN}{_BLANK}+{_LATIN}"
    latin = f"(?<![A-Za-z])(?!{_words('latin_false_friends')})(?:{_words('latin_titles')}){_BLANK}*{names}"
    # a title first: where none begins, nothing else is tried
    return re.compile(f"(?={title()})(?:{thai}|{latin})")
