"""Finds and loads dataset folders: `datasets/<topic>/<name>/` and the schemas they name.

Discovery is by looking; there is no register. What is wrong in a folder is a `DatasetError`
that names the file, the key and the remedy. Whether a dataset makes *sense* as a whole is
asked by `dataset_check`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.catalogue import VOCABULARY, vocabulary
from pipelines.dataset import DatasetSpec
from pipelines.errors import DatasetError, Place
from pipelines.source_spec import READERS

DEFINITION = "dataset.yaml"
#: Files of a folder, beside dataset.yaml, that decide what validation gives.
EXTRAS = ("corrections.yaml", "source.py", "data/*.csv")


@dataclass(frozen=True)
class Dataset:
    """One dataset as its files say."""

    name: str
    """`<topic>/<name>`."""
    folder: Path
    spec: DatasetSpec
    source_schemas: dict[str, dict[str, Any]]
    """Table Schema descriptor of each source table."""
    public_schema: dict[str, Any]
    extras: dict[str, str] = field(default_factory=dict)
    """Text of the optional files, by file name."""

    @property
    def topic(self) -> str:
        return self.name.partition("/")[0]

    @property
    def short_name(self) -> str:
        return self.name.partition("/")[2]

    def public_fields(self, table: str) -> dict[str, Any]:
        """Return the Table Schema of one published table: its columns, in order, out of
        the public schema, with its primary key."""
        spec = self.spec.tables[table]
        known = {f["name"]: f for f in self.public_schema["fields"]}
        return {
            "fields": [known[column] for column in spec.columns],
            "primaryKey": list(spec.key),
            "missingValues": [""],
        }


def names(project: Path) -> list[str]:
    """Return every dataset's name, sorted."""
    found = (project / "datasets").glob(f"*/*/{DEFINITION}")
    return sorted(path.parent.relative_to(project / "datasets").as_posix() for path in found)


def load(project: Path, name: str) -> Dataset:
    """Load one dataset.

    Raises:
        DatasetError: no such folder, a topic without a title, unreadable YAML, a key that is
            unknown, missing or wrong, or a schema that does not exist.
    """
    folder = project / "datasets" / name
    if name not in names(project):
        raise DatasetError(
            f"there is no dataset {name!r}",
            remedy=f"`opendata list` shows them; a dataset is a folder with a {DEFINITION}",
        )
    topic, _, _ = name.partition("/")
    if topic not in vocabulary()["topics"]:
        raise DatasetError(
            f"the topic {topic!r} has no title for the site",
            place=Place(dataset=name),
            remedy=f"add it to topics in {VOCABULARY}, in Thai and English, or move the folder below "
            + ", ".join(f"datasets/{known}/" for known in vocabulary()["topics"]),
        )
    file = f"datasets/{name}/{DEFINITION}"
    try:
        spec = DatasetSpec.model_validate(_yaml(folder / DEFINITION, file))
    except ValidationError as error:
        raise _readable(error, name, file) from None
    return Dataset(
        name=name,
        folder=folder,
        spec=spec,
        source_schemas={
            table: _schema(project, schema, name, f"schemas.source.{table}")
            for table, schema in spec.schemas.source.items()
        },
        public_schema=_schema(project, spec.schemas.public, name, "schemas.public"),
        extras=_extras(folder, name),
    )


def _extras(folder: Path, name: str) -> dict[str, str]:
    found = sorted(path for pattern in EXTRAS for path in folder.glob(pattern) if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in found]
    return {extra: _text(folder / extra, f"datasets/{name}/{extra}") for extra in names}


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DatasetError("the file is not UTF-8", place=Place(file=shown), remedy="save it as UTF-8") from None


def _yaml(path: Path, shown: str) -> Any:  # noqa: ANN401 - YAML is anything until checked
    text = _text(path, shown)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else None
        raise DatasetError(
            "the file is not YAML", place=Place(file=shown, row=row), remedy="mend the syntax there"
        ) from None


def _schema(project: Path, schema: str, name: str, key: str) -> dict[str, Any]:
    shown = f"schemas/{schema}.yaml"
    path = project / shown
    if ".." in Path(schema).parts or not path.is_file():
        raise DatasetError(
            f"the schema {schema!r} does not exist",
            place=Place(dataset=name, file=f"datasets/{name}/{DEFINITION}", column=key),
            remedy=f"write {shown} or correct {key}",
        )
    loaded = _yaml(path, shown)
    if not isinstance(loaded, dict) or not isinstance(loaded.get("fields"), list):
        raise DatasetError(
            "the schema has no list `fields`", place=Place(dataset=name, file=shown), remedy="write a Table Schema"
        )
    return loaded


def _keys(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Leave out what pydantic puts in between: which kind of source the file declares."""
    return (place[0], *place[2:]) if place[:1] == ("source",) and set(place[1:2]) & READERS else place


def _readable(error: ValidationError, name: str, file: str) -> DatasetError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in _keys(first["loc"])) or None
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    remedies = {
        "extra_forbidden": "remove the key or mend its spelling; editors show the allowed ones",
        "missing": f"add the key {key}",
    }
    return DatasetError(
        (f"{key}: " if key else "") + first["msg"].removeprefix("Value error, ") + more,
        place=Place(dataset=name, file=file, column=key),
        remedy=remedies.get(first["type"], "correct the value; schemas/dataset.schema.json describes it"),
    )
