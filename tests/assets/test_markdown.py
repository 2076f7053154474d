"""Reports in the UI: a table that falls apart there is a report nobody reads."""

from assets import markdown

PRIVACY = {
    "model": {"k": 5, "alpha": 0.8},
    "columns": {
        "note_th": {"class": "open", "treatment": "published"},
        "national_id": {"class": "direct", "treatment": "removed"},
    },
    "tables": {},
    "findings": [{"column": "a|b", "rows": [1, 2]}, {"column": "c", "rows": []}],
}


def test_figures_stand_in_one_table_and_rows_by_name_in_another() -> None:
    text = markdown.of_report(PRIVACY)
    assert text.startswith("| what | value |\n| --- | --- |\n| model · k | 5 |\n| model · alpha | 0.8 |\n\n")
    assert "|  | class | treatment |\n| --- | --- | --- |\n| note_th | open | published |" in text


def test_what_would_break_a_table_is_escaped() -> None:
    assert r"| a\|b | 1, 2 |" in markdown.of_report(PRIVACY)
    assert markdown.table(["x"], [["two\nlines"]]).endswith("| two lines |")


def test_a_long_list_is_cut_and_says_so() -> None:
    text = markdown.of_report({"errors": [{"row": n} for n in range(1_200)]})
    assert text.count("\n| ") < 60
    assert text.endswith("… and 1,150 more")


def test_bars_are_in_proportion_and_what_is_there_is_seen() -> None:
    lines = markdown.bars({"raw": 300, "valid": 100, "hidden": 1, "lost": 0}).splitlines()[2:]
    assert [line.count("█") for line in lines] == [30, 10, 1, 0]
    assert markdown.bars({}).count("\n") == 1


def test_an_empty_report_says_that_there_is_nothing() -> None:
    assert markdown.of_report({}) == "nothing to report"
