"""What a dataset says about becoming public: from when, by whose leave, and which breaks are meant.

The parts of the model of `dataset.yaml` that publishing alone obeys; it knows no portal.
"""

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from pipelines.catalogue import Bilingual, Model
from pipelines.thai.years import BANGKOK


def _day_as_moment(value: Any) -> Any:  # noqa: ANN401 - anything until checked
    """Take a day, as YAML has it or as text, for its midnight in Bangkok."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), BANGKOK)
    return value


#: A day (from midnight in Bangkok) or a moment with its zone.
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_day_as_moment),
    AfterValidator(lambda moment: moment.astimezone(BANGKOK)),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]

#: `table`, `table.column`, or `table.key`.
Part = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]


class SchemaChange(Model):
    """An acknowledgement that what programs of others may rely on goes or becomes another thing."""

    on: date
    """From this day (Bangkok time) it may be published."""
    breaks: Annotated[tuple[Part, ...], Field(min_length=1)]
    """What breaks: `table` (it goes), `table.column` (it goes, or has another type), `table.key`."""
    note: Bilingual
    """What users should know of it: public, in the changelog of the release."""
