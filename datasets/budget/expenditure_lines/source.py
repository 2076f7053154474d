"""The lines of the documents' own fiscal year, and each document with what is uncertain in it.

A commitment has a line for each of its years; only those of the document's own year are its
budget. The columns that say what a document must be are empty where it is not, and nothing of
such a delivery is published: of the year that the delivery is said to be for, at least four
fifths of the amounts read, all but two and a tenth of those of the year whole baht (a budget is made in hundreds
of baht: with more fractions it is in thousands or millions), and all but a twentieth of the years,
and of the lines with an output or a project, clear. Beyond that it is no slip of
the scan: columns are shifted or years are Buddhist.
"""

YEAR_LINES = """
SELECT ministry_name_th, agency_name_th, category_code, category_name_th, amount_thb,
       (amount_thb IS NULL)::BIGINT AS unread_amount_line_count
FROM lines WHERE is_of_budget_year
"""

DOCUMENTS = """
SELECT document_id,
       count(*) AS line_count,
       count(*) FILTER (is_of_budget_year) AS budget_line_count,
       sum(amount_thb) FILTER (is_of_budget_year) AS year_budget_thb,
       count(*) FILTER (amount_is_averaged) AS averaged_line_count,
       count(*) FILTER (amount_thb = 0) AS zero_line_count,
       count(*) FILTER (amount_thb IS NULL) AS unread_amount_line_count,
       count(*) FILTER (category_1_th IS NULL) AS no_category_line_count,
       count(category_1_found_th) FILTER (reviewed_category IS NULL) AS unreviewed_category_line_count,
       count(*) FILTER (fiscal_year IS NULL) AS unread_year_line_count,
       count(*) FILTER (output_found_th IS NOT NULL AND project_found_th IS NOT NULL) AS two_outputs_line_count,
       count(*) FILTER (levels_are_uncertain) AS uncertain_level_line_count,
       count(*) FILTER (amount_is_doubted) AS doubted_amount_line_count,
       CASE WHEN document_id[1:4]::INTEGER + 543 = $period THEN true END AS document_is_of_period,
       CASE WHEN count(amount_thb) >= 0.8 * count(*) THEN true END AS amounts_are_read,
       CASE WHEN count(*) FILTER (is_of_budget_year AND amount_thb <> round(amount_thb))
           <= 2 + 0.1 * count(*) FILTER (is_of_budget_year AND amount_thb > 0) THEN true END AS amounts_are_in_baht,
       CASE WHEN unread_year_line_count <= 0.05 * count(*) THEN true END AS years_are_read,
       CASE WHEN two_outputs_line_count <= 0.05 * count(*) THEN true END AS outputs_are_single
FROM lines GROUP BY document_id
"""


def derive(period: str) -> dict[str, str]:
    """Return the tables `year_lines` and `documents` for a fiscal year (B.E.), as SQL."""
    return {"year_lines": YEAR_LINES, "documents": DOCUMENTS.replace("$period", str(int(period)))}
