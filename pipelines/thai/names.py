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


@cache
def _list(group: str) -> list[str]:
    text = files("pipelines.thai").joinpath("personal_titles.yaml").read_text(encoding="utf-8")
    words: list[str] = yaml.safe_load(text)[group]
    return words


def _words(group: str) -> str:
    return "|".join(_list(group))


def title() -> str:
    """Return the pattern (RE2) of any title: what does not hold it holds no titled name."""
    return _words("titles")


@cache
def titled_name() -> re.Pattern[str]:
    """Return the pattern of a title and two Thai words after it (a nickname in brackets between
    them, `ณ` before the second), not inside a Thai word but where a word stands before it that is
    often written together with it (`จ้างนางสาว…`)."""
    begins = "|".join(["(?<![ก-๙])", *(f"(?<={word})" for word in _list("before"))])
    family = rf"(?!{_words('after')})(?:ณ\.?{_BLANK}?)?{_WORD}"
    names = rf"{_WORD}{_BLANK}+(?:\([^()]{{1,30}}\){_BLANK}*)?{family}"
    # a title first: where none begins, nothing else is tried
    return re.compile(f"(?={title()})(?:{begins})(?!{_words('false_friends')})(?:{title()})(?:{_BLANK}|\u200b)*{names}")
