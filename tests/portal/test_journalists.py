"""What the page for journalists has them ask a CKAN is answered, word for word as it stands there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import PROJECT
from tests.portal.catalogue import Catalogue

HOST = "https://data.example.go.th"
PAGE = (PROJECT / "docs" / "for-journalists.md").read_text(encoding="utf-8")
#: Its questions, by their numbers.
QUESTIONS = {int(n): text for n, text in re.findall(r"^### (\d)\. (.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)}
#: Whose tables those are of which the page says `ID-OF-…`.
DATASETS = {"contracts": "contracts/contracts", "projects": "contracts/projects"}
FUND = "welfare/elderly_fund"


def _here(catalogue: Catalogue, text: str) -> str:
    """Put this portal in the place of the example, and numbers in the place of the words that stand for them."""

    def number(found: re.Match[str]) -> str:
        key = f"latest/{found[1]}{'.json' if found[1] == 'changelog' else '.csv'}"
        return str(catalogue.resources(DATASETS.get(found[1], FUND))[key]["id"])

    return re.sub(r"ID-OF-(\w+)", number, text.replace(HOST, catalogue.portal.address))


def _asked(catalogue: Catalogue, question: int) -> list[Any]:
    """Return the answers to the addresses under a question."""
    addresses = re.findall(r"^    (https://.*)$", QUESTIONS[question], re.MULTILINE)
    assert addresses
    answers = [httpx.get(_here(catalogue, address), timeout=60).raise_for_status().json() for address in addresses]
    return [answer.get("result", answer) for answer in answers]


def _block(catalogue: Catalogue, question: int, language: str) -> str:
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", QUESTIONS[question], re.MULTILINE | re.DOTALL)
    return _here(catalogue, block)


def test_every_question_is_tried_here() -> None:
    assert sorted(QUESTIONS) == list(range(1, 9))
    assert all(re.search("[ก-๙]", text.partition("\n")[0]) for text in QUESTIONS.values())


def test_datasets_are_found_by_a_thai_and_by_an_english_word(dga: Catalogue) -> None:
    thai, english = _asked(dga, 1)
    assert {"welfare-elderly-fund", "welfare-elderly-allowance"} <= {found["name"] for found in thai["results"]}
    assert {"contracts-contracts", "contracts-projects"} <= {found["name"] for found in english["results"]}
    assert all(set(found) == {"name", "title"} for found in thai["results"])


def test_a_dataset_says_which_files_it_has_and_whom_to_ask(dga: Catalogue) -> None:
    (shown,) = _asked(dga, 2)
    assert all(one["name"] and one["url"] and one["id"] and one["release"] for one in shown["resources"])
    assert shown["maintainer_email"] == dga.ws.dataset(FUND).spec.publisher.email
    assert "Attribution" in shown["license_title"]


def test_every_column_is_explained(dga: Catalogue) -> None:
    (info,) = _asked(dga, 3)
    assert info["meta"]["count"] == dga.release(FUND).rows["fund_by_province.csv"]
    (amount,) = [field for field in info["fields"] if field["id"] == "approved_amount_thb"]
    assert (amount["type"], "THB" in amount["info"]["notes"]) == ("numeric", True)
    assert all(re.search("[ก-๙]", field["info"]["label"]) for field in info["fields"])


def test_the_largest_contracts_come_first(dga: Catalogue) -> None:
    (found,) = _asked(dga, 4)
    amounts = [row["contract_amount_thb"] for row in found["records"]]
    assert (len(amounts), found["total"] >= 10) == (10, True)
    assert all(amounts)
    assert amounts == sorted(amounts, reverse=True)
    assert all(row["winner_name_th"] for row in found["records"])


def test_money_is_added_up_by_province(dga: Catalogue) -> None:
    (found,) = _asked(dga, 5)
    rows = {row["province_name_th"]: row for row in found["records"]}
    assert rows["กรุงเทพมหานคร"]["baht"] > 0
    assert sum(row["projects"] for row in rows.values()) == dga.release("contracts/projects").rows["projects.csv"]


def test_the_changelog_tells_of_the_release_that_is_live(dga: Catalogue) -> None:
    (told,) = _asked(dga, 6)
    assert told["releases"][-1]["release"] == dga.release(FUND).id
    assert {"published_at", "changes"} <= set(told["releases"][-1])


def test_pandas_reads_the_file_by_its_address(dga: Catalogue) -> None:
    program = _block(dga, 7, "python")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 11
    assert "รวม" not in done.stdout
    addresses = [re.search(r"/dataset/\S+\.csv", _block(dga, 7, language)) for language in ("python", "r")]
    assert len({found[0] for found in addresses if found}) == 1


def test_a_file_that_has_not_changed_is_not_sent_again(dga: Catalogue, tmp_path: Path) -> None:
    words = ["sh", "-c", _block(dga, 8, "sh")]
    said = [subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said == ["200\n", "304\n"]
    assert (tmp_path / "fund_by_province.csv").read_bytes() == dga.released(FUND, "fund_by_province.csv")


def test_numbers_of_newest_files_are_those_of_the_page_of_the_dataset(dga: Catalogue) -> None:
    page = httpx.get(f"{dga.portal.address}/dataset/welfare-elderly-fund", timeout=60).raise_for_status().text
    assert f"/resource/{dga.resources(FUND)['latest/fund_by_province.csv']['id']}" in page
