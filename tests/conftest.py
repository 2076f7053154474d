"""What all tests share: with CI=true nothing is left out, a skip is a failure there."""

import os
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

#: How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The public files beside the project (`OPENDATA_REAL_DATA` names another place)."""
    folder = Path(os.environ.get("OPENDATA_REAL_DATA") or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"the public files are not here: {folder}")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where nothing may be left out."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"left out although CI=true: {report.longreprtext}"
    return report
