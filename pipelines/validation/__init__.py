"""The engine behind `validate`: is this table exactly as its Table Schema says?

Two narrow calls. Today frictionless answers both; whatever answers later must give the
same report. Nothing else in the project imports frictionless.
"""

from pipelines.validation.engine import check_file, make_typed
from pipelines.validation.report import CellError, Report
from pipelines.validation.types import arrow_schema, remedy_for

__all__ = ["CellError", "Report", "arrow_schema", "check_file", "make_typed", "remedy_for"]
