"""What a run of the assets records: an operator decides by it, and it is kept for ever."""

import dagster as dg
import pytest

from pipelines.errors import (
    HeaderError,
    InvalidData,
    OpendataError,
    Place,
    PortalError,
    PrivacyError,
    ReceiptError,
    ReconciliationError,
    SourceError,
    StoreError,
    UnreachableError,
)
from pipelines.stages import Stage
from tests.assets.conftest import Bench, Stages

WAY: list[Stage] = ["extract", "validate", "anonymise", "publish"]


def _evaluations(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {e.check_name: e.passed for e in result.get_asset_check_evaluations()}


def test_the_whole_way_materialises_every_asset_and_keeps_every_promise(stages: Stages, bench: Bench) -> None:
    result = bench.run()
    assert result.success
    assert stages.calls == WAY
    checks = _evaluations(result)
    assert len(checks) == 8
    assert all(checks.values())


@pytest.mark.parametrize(
    ("stage", "error", "check"),
    [
        ("extract", HeaderError, "columns_mapped"),
        ("extract", SourceError, "source_accepted"),
        ("validate", InvalidData, "rows_valid"),
        ("validate", ReconciliationError, "subtotals_reconciled"),
        ("validate", ReceiptError, "rows_valid"),
        ("anonymise", PrivacyError, "nobody_recognisable"),
        ("publish", ReceiptError, "release_complete"),
    ],
)
def test_a_refusal_breaks_its_promise_stops_the_way_and_is_not_tried_again(
    stages: Stages, bench: Bench, stage: Stage, error: type[OpendataError], check: str
) -> None:
    place = Place(table="visits", row=7, column="note_th")
    stages.failing[stage] = error("text where a number is due", place=place, remedy="correct it at the source")
    result = bench.run()
    assert not result.success
    assert stages.calls == WAY[: WAY.index(stage) + 1], "nothing ran after the refusal, and it ran once"
    assert [name for name, passed in _evaluations(result).items() if not passed] == [check]
    refused = {"extract": "raw", "validate": "valid", "anonymise": "anonymised", "publish": "published"}[stage]
    assert bench.latest(refused) is None, "a refused partition must not look materialised"  # type: ignore[arg-type]
    [failure] = [e for e in result.all_events if e.is_step_failure]
    shown = failure.step_failure_data.user_failure_data
    assert shown is not None
    assert shown.metadata["row"].value == 7
    assert shown.metadata["period"].value == "2566"
    assert shown.metadata["remedy"].value == "correct it at the source"
    assert shown.metadata["stage"].value == stage


@pytest.mark.parametrize(
    ("stage", "error"), [("extract", UnreachableError), ("extract", StoreError), ("publish", PortalError)]
)
def test_what_passes_by_itself_is_tried_again(
    stages: Stages, bench: Bench, stage: Stage, error: type[OpendataError]
) -> None:
    stages.failing[stage] = error("nobody answers", remedy="wait")
    assert not bench.run().success
    assert stages.calls.count(stage) == 3


def test_a_fault_of_a_library_is_recorded_without_its_message(stages: Stages, bench: Bench) -> None:
    """Frictionless, DuckDB and pyarrow quote cells in their messages."""
    stages.failing["validate"] = ValueError("could not convert 'CANARY'")
    result = bench.run()
    assert not result.success
    records = bench.instance.get_records_for_run(result.run_id).records
    text = "\n".join(str(record.event_log_entry) for record in records)
    assert "ValueError at" in text
    assert "CANARY" not in text


def test_a_run_may_read_another_location(stages: Stages, bench: Bench) -> None:
    bench.run(config={"source": "elsewhere/file.csv"})
    assert stages.locations[0] == "elsewhere/file.csv"
    bench.run()
    assert stages.locations[4] is None, "without it the dataset's own location is read"
    bench.run(config={"sources": {"lists": "drop", "register": "env:URL"}})
    assert stages.locations[8] == {"lists": "drop", "register": "env:URL"}


def test_equal_work_is_one_data_version_and_other_data_another(stages: Stages, bench: Bench) -> None:
    versions = []
    for content in ("first", "first", "second"):
        stages.content["extract"] = content
        bench.run(noun="raw")
        latest = bench.latest("raw")
        assert latest is not None
        versions.append((latest.tags or {})["dagster/data_version"])
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.usefixtures("stages")
def test_what_a_run_made_is_shown(stages: Stages, bench: Bench) -> None:
    bench.run()
    assert stages.calls == WAY
    latest = bench.latest("valid")
    assert latest is not None
    shown = {name: value.value for name, value in latest.metadata.items()}
    assert shown["dagster/row_count"] == 18
    assert shown["period"] == "2566 (fiscal year: 2022-10-01 to 2023-09-30)"
    assert str(shown["dagster/uri"]).startswith("file:///")
    assert str(shown["dagster/uri"]).endswith("/snapshots/validate/welfare/visits/2566")
    assert "| tables · visits · fill · note_th | 0.5000 |" in str(shown["report: quality"])
    assert "visits.parquet | 18 |" in str(shown["files"])


def test_checks_say_how_much_was_counted(stages: Stages, bench: Bench) -> None:
    evaluations = bench.run().get_asset_check_evaluations()
    assert stages.calls == WAY
    shown = {e.check_name: {name: value.value for name, value in e.metadata.items()} for e in evaluations}
    assert shown["source_accepted"] == {"rows of visits": 18}
    assert shown["columns_mapped"] == {"mapped columns of visits": 6, "ignored columns of visits": 0}
    assert shown["subtotals_reconciled"] == {
        "exact subtotals of visits": 3,
        "rounding subtotals of visits": 1,
        "acknowledged subtotals of visits": 1,
    }
    assert shown["nobody_recognisable"] == {
        "hidden cells of notes": 0,
        "hidden cells of visits_by_district": 3,
        "findings of the scan": 0,
    }
    assert shown["portal_serves_release"] == {"files": 1, "bytes": 7}
