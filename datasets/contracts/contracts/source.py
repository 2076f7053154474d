"""Contracts and tenders of one fiscal year, each contract once, winners named only where juristic.

A contract is a duplicate where the project, the number, the winner's number and the winner's name
are those of another; of such the earliest is kept. Without a number its date and value must be
the same too: small purchases have none, and two of them are not one. The winner is juristic,
natural or unknown by the rule of pipelines/thai/ids.py (check digit; 0 leads those of juristic
persons). Persons without registration have numbers with 0 too: who has one is unknown where the
name has several words or a person's title, and none that says a firm or a body (`juristic_words`).

Whoever is not juristic for certain has neither number nor name here. Where such a name stands in the
project's name or in the contract's number, that is left empty; the search for personal data finds
other persons behind a title.
"""

#: The same in contracts/projects and contracts/contracts: both must count the same contracts.
KEPT = """
WITH named AS (
    SELECT *, regexp_replace(lower(winner_written_th), '^ร้าน ?', '') AS winner_name FROM contracts
), titled AS (
    SELECT n.*, EXISTS (SELECT 1 FROM data.juristic_words WHERE contains(winner_name, word)) AS is_firm,
        (SELECT max(length(title)) FROM data.personal_titles WHERE starts_with(winner_name, lower(title))
            AND regexp_full_match(substr(winner_name, length(title) + 1), '[. ]*[ก-ฮเ-ไa-z].*')) AS title_length
    FROM named n
), known AS (
    SELECT *, CASE
        WHEN NOT coalesce(regexp_full_match(winner_id, '[0-8][0-9]{12}')
            AND (11 - list_sum([TRY_CAST(winner_id[i] AS INTEGER) * (14 - i) for i in range(1, 13)]) % 11) % 10
                = TRY_CAST(winner_id[13] AS INTEGER), false) THEN 'unknown'
        WHEN winner_id[1] <> '0' THEN 'natural'
        WHEN NOT is_firm AND (title_length IS NOT NULL OR contains(winner_name, ' ')) THEN 'unknown'
        ELSE 'juristic' END AS winner_kind,
        ltrim(replace(substr(winner_name, coalesce(title_length, 0) + 1), ' ', ''), '.') AS bare_name
    FROM titled
), kept AS (
    SELECT * FROM known QUALIFY 1 = row_number() OVER (
        PARTITION BY project_id, contract_no, winner_id, winner_written_th,
            CASE WHEN contract_no IS NULL THEN contract_date END,
            CASE WHEN contract_no IS NULL THEN contract_amount_thb END
        ORDER BY contract_date, contract_amount_thb, contract_finish_date, contract_status_th)
), told AS (
    SELECT * REPLACE (CASE WHEN length(bare_name) >= 5 THEN bare_name
            ELSE replace(winner_name, ' ', '') END AS bare_name),
        length(winner_name) >= 5 AND (winner_kind = 'natural' OR winner_kind = 'unknown' AND NOT is_firm) AS is_person,
        replace(lower(project_name_th), ' ', '') AS project_words, replace(lower(contract_no), ' ', '') AS number_words
    FROM kept
), checked AS (
    SELECT * REPLACE (CASE WHEN NOT coalesce(is_person AND contains(number_words, bare_name), false)
            THEN contract_no END AS contract_no),
        coalesce(is_person AND contains(project_words, bare_name), false) AS project_names_winner
    FROM told
), sums AS (
    SELECT project_id, count(*) AS contract_count, sum(contract_amount_thb) AS contract_total_thb,
        count(contract_amount_thb) = count(*) AS all_have_amounts,
        bool_or(project_names_winner) AS project_names_winner
    FROM checked GROUP BY project_id
), stated AS (
    SELECT project_id, count(*) AS stated_count FROM contracts GROUP BY project_id
), reconciled AS (
    SELECT DISTINCT p.* REPLACE (CASE WHEN NOT coalesce(project_names_winner, false)
            THEN p.project_name_th END AS project_name_th),
        coalesce(contract_count, 0) AS contract_count, contract_total_thb,
        coalesce(stated_count - contract_count, 0) AS duplicate_contract_count,
        CASE WHEN agreed_amount_thb IS NULL OR NOT coalesce(all_have_amounts, false) THEN 'incomplete'
            WHEN contract_total_thb = agreed_amount_thb THEN 'yes' ELSE 'no' END AS reconciles,
        CASE WHEN p.fiscal_year_be = $year THEN true END AS fits_period,
        CASE WHEN left(p.project_id, 2)::INTEGER + 2500 IN ($year - 1, $year) THEN true END AS fits_project_year
    FROM projects p LEFT JOIN sums USING (project_id) LEFT JOIN stated USING (project_id)
)
"""

CONTRACTS = """
SELECT project_id, contract_no, contract_date, contract_finish_date, contract_amount_thb, contract_status_th,
    winner_kind, winner_kind_name_th,
    CASE WHEN winner_kind = 'juristic' THEN winner_id END AS winner_tin,
    CASE WHEN winner_kind = 'juristic' THEN winner_written_th END AS winner_name_th,
    CASE WHEN contract_finish_date < contract_date THEN 'finish_before_start' END AS date_note,
    printf('%03d', row_number() OVER (PARTITION BY project_id ORDER BY contract_date, contract_no, contract_amount_thb,
        contract_finish_date, contract_status_th, winner_id, winner_written_th)) AS contract_sequence,
    1::BIGINT AS contract_count
FROM checked LEFT JOIN data.winner_kinds USING (winner_kind)
"""
TENDERS = "SELECT * EXCLUDE (province_written_th, district_written_th, subdistrict_written_th) FROM reconciled"


def derive(period: str) -> dict[str, str]:
    """Return the tables `contract_records` and `tender_records` for a fiscal year (B.E.), as SQL."""
    kept = KEPT.replace("$year", str(int(period)))
    return {"contract_records": kept + CONTRACTS, "tender_records": kept + TENDERS}
