"""Names of persons in Thai text: titles before a name, and false friends.

Finds a name by what stands before it, in reviewed data (`personal_titles.yaml`). A name
without a title is not found: where a column holds names its own name must say so.
"""

import re
from functools import cache
from importlib.resources import files

import yaml


@cache
def _list(group: str) -> list[str]:
    text = files("pipelines.thai").joinpath("personal_titles.yaml").read_text(encoding="utf-8")
    words: list[str] = yaml.safe_load(text)[group]
    return words


def _words(group: str) -> str:
    return "|".join(_list(group))


@cache
def titled_name() -> re.Pattern[str]:
    """Return the pattern of a title and two Thai words after it, not inside a Thai word but where
    a word stands before it that is often written together with it (`จ้างนางสาว…`)."""
    begins = "|".join(["(?<![ก-๙])", *(f"(?<={word})" for word in _list("before"))])
    names = "[ก-๙]{2,} +[ก-๙]{2,}"
    return re.compile(f"(?:{begins})(?!{_words('false_friends')})(?:{_words('titles')}) ?{names}")
