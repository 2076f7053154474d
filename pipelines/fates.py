"""What became of each file of a drop: taken, or refused with the reason, never with a value."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

from pipelines.errors import OpendataError, SourceError
from pipelines.source_spec import FolderSource, OneSource
from pipelines.thai.names import title, titled_name

#: Six digits together, or nine in short groups: days have eight.
_D, _BETWEEN = "[0-9๐-๙]", "[-–. _()+]"
LONG_NUMBER = re.compile(
    f"{_D}{{6,}}|(?<!{_D})(?={_D}(?:{_BETWEEN}*{_D}){{8}}){_D}{{1,5}}(?:{_BETWEEN}{{1,2}}{_D}{{1,5}}){{2,}}(?!{_D})"
)
ADDRESS = re.compile("[^/@ ]+@[^/@ ]+")
#: What stands between the words of a file's name, beside points.
MARKS = str.maketrans("_-–", "   ")
HIDDEN = "\0"
#: Refused files that an error names; the receipt and the quality report name them all.
NAMED = 20
AGAIN = "have these sent again, add their spellings to `aliases`, or allow a share by source.refused_share"


@dataclass(frozen=True, slots=True)
class Fate:
    """One file of a drop. `rows` are those taken; a refused file has none."""

    file: str
    rows: int = 0
    refused_by: Literal["extract", "validate"] | None = None
    reason: str | None = None
    table: str | None = None
    row: int | None = None
    column: str | None = None

    @classmethod
    def refused(cls, file: str, stage: Literal["extract", "validate"], error: OpendataError) -> "Fate":
        """Return the fate of a file that an error refuses."""
        place = error.place
        return cls(file, 0, stage, error.message, place.table, place.row, place.column)

    def public(self) -> dict[str, Any]:
        """Return it as it may be shown."""
        return asdict(self) | {"file": shown_name(self.file)}


def shown_name(file: str) -> str:
    """Return a file's name as it may be shown: it may hold a person's, a long number or an address."""
    marked = file.translate(MARKS)  # one character for each: places stay
    words = marked.replace(".", " ")
    for found in (*LONG_NUMBER.finditer(file), *ADDRESS.finditer(file), *titled_name().finditer(marked),
                  *titled_name().finditer(words), *_called_alone().finditer(words)):  # fmt: skip
        start, end = found.span()
        file = file[:start] + HIDDEN * (end - start) + file[end:]
    return re.sub(f"{HIDDEN}+", "…", file)


@cache
def _called_alone() -> re.Pattern[str]:
    """Return the pattern of a title and one word that are all a file is called."""
    return re.compile(f"(?:(?<=/)|^)(?:{title()}) *[ก-ฮเ-ไA-Za-z][ก-๙A-Za-z]*(?=(?: [A-Za-z]+)?(?:/|$))")


def files_read(fates: Sequence[Fate], source: OneSource) -> dict[str, Any]:
    """Return how many files were read and which were refused, as it may be shown.

    Raises:
        SourceError: more were refused than the source allows; it names the first of them.
    """
    files = {"read": len(fates), "refused": [fate.public() for fate in fates if fate.refused_by]}
    if message := too_many(files, source):
        raise SourceError(message, remedy=AGAIN)
    return files


def too_many(files: dict[str, Any], source: OneSource) -> str | None:
    """Say, naming the first of them, that more files are refused than the source allows, or all."""
    refused, read = files["refused"], files["read"]
    allowed = source.refused_share if isinstance(source, FolderSource) else 0
    if len(refused) <= allowed * read and len(refused) < read:
        return None
    more = f"; and {len(refused) - NAMED:,} more" if len(refused) > NAMED else ""
    named = "; ".join(said(fate, source) for fate in refused[:NAMED])
    return f"{len(refused):,} of {read:,} files are refused: {named}{more}"


def said(fate: dict[str, Any], source: OneSource) -> str:
    """Return a public fate in words, with the sheet and the heading that who made the file knows."""
    spec, where = source.tables.get(fate["table"]), {name: fate[name] for name in ("table", "row", "column")}
    if spec and spec.sheet:
        where = {"sheet": spec.sheet} | where | {"table": None}
    if spec and (column := spec.mapped().get(fate["column"])):
        where["column"] = f"{fate['column']} ({column.header})"
    places = "".join(f", {name} {found}" for name, found in where.items() if found is not None)
    return f"{fate['file']} ({fate['reason']}{places})"
