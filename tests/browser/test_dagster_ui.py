"""An engineer opens Dagster, presses Materialize, and the stage runs: the interface, the
daemon, the run's own process and the store, all real, on a synthetic project."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError

import dagster as dg
import pytest
from playwright.sync_api import Page, expect

from pipelines.workspace import Workspace
from tests.toy import CANARY_ID, NAME, PERIOD, csv_of, persons, source_file, write_project

ROOT = Path(__file__).parents[2]
PARTITION = "2022-10"
#: A run is a process that loads everything anew; on a busy machine that takes its time.
RUN_SECONDS, PAGE_SECONDS = 120, 30

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A synthetic project."""
    return write_project(tmp_path_factory.mktemp("dagster-ui"))


@pytest.fixture(scope="module")
def dagster(toy: Workspace) -> Iterator[str]:
    """The address of a Dagster that serves the project, as an embedded deployment does."""
    home = toy.project.parent / "dagster"
    home.mkdir()
    shutil.copy(ROOT / "deploy/dagster.embedded.yaml", home / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        # Two processes that make the same SQLite databases at once get in each other's way.
        instance.get_runs(limit=1)
        instance.get_asset_keys(limit=1)
        instance.all_instigator_state()
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "OPENDATA_PROJECT": str(toy.project),
        "OPENDATA_HOME": toy.home,
    }
    port = _free_port()
    with ExitStack() as running:
        web = ["dagster-webserver", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
        for command in (web, ["dagster-daemon", "run", "-w", "workspace.yaml"]):
            running.enter_context(_running(command, environment, home / f"{command[0]}.log"))
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/server_info")
        yield address


def test_an_asset_is_materialised_by_clicking(dagster: str, toy: Workspace, page: Page) -> None:
    _materialise(page, f"{dagster}/assets/visits/raw")
    _expect_end(page, "Success")
    receipt = toy.receipts.current(NAME, PERIOD, "extract")
    assert receipt is not None, "what the interface calls a success must have left its receipt"
    assert receipt.files["visits.parquet"].rows == 18

    page.goto(f"{dagster}/assets/visits/raw?view=partitions&partition={PARTITION}")
    _expect_text(page, "2566 (fiscal year: 2022-10-01 to 2023-09-30)")
    _expect_text(page, receipt.id)
    page.goto(f"{dagster}/assets/visits/raw?view=checks")
    _expect_text(page, "columns_mapped")
    expect(page.get_by_text("Succeeded")).to_have_count(2)


def test_a_refusal_tells_the_place_and_the_remedy_and_no_cell(dagster: str, toy: Workspace, page: Page) -> None:
    canary = "ลับสุดยอด-CANARY-6610"
    bad = f"1001-900,{PERIOD},{CANARY_ID},1001,{canary},{canary}"
    source_file(toy).write_bytes(csv_of([*persons("1001", 9), bad]))
    _materialise(page, f"{dagster}/assets/visits/raw")
    _expect_end(page, "Success")
    _materialise(page, f"{dagster}/assets/visits/valid")
    _expect_end(page, "Failure")
    assert toy.receipts.current(NAME, PERIOD, "validate") is None

    page.goto(f"{dagster}/assets/visits/valid?view=checks")
    page.get_by_text("rows_valid").first.click()
    _expect_text(page, "amount_thb")
    _expect_text(page, "corrections.yaml")
    assert canary not in page.content()


def _materialise(page: Page, address: str) -> None:
    """Press Materialize on an asset's page, name the partition, launch, and go to the run."""
    page.goto(address)
    page.get_by_role("button", name="Materialize").first.click()
    partitions = page.get_by_placeholder("ex: ", exact=False)
    partitions.fill(PARTITION)
    partitions.press("Enter")
    page.get_by_role("button", name="Launch 1 run").click()
    page.get_by_role("link", name="View", exact=True).click()


def _expect_text(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=PAGE_SECONDS * 1000)


def _expect_end(page: Page, outcome: str) -> None:
    """Wait until the run at hand came to an end."""
    expect(page).to_have_url(re.compile("/runs/[0-9a-f-]{36}"))
    ended = page.get_by_text(re.compile("^(Success|Failure)$"))
    expect(ended.first).to_have_text(outcome, timeout=RUN_SECONDS * 1000)


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """Run a server, with the processes it starts, for as long as the block lasts."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            [Path(sys.executable).with_name(command[0]), *command[1:]],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _wait_for(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(address):  # noqa: S310 - our own server
                return
        except URLError:
            time.sleep(0.5)
    pytest.fail("Dagster's web server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
