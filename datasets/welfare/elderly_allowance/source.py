"""Persons who are paid in a month, each once, and what became of every record.

The database has the payments of both allowances: those of a kind of disability are of the other. A
person in the database counts there, in the record that was registered last: who moved must
register anew (and the old record is often not closed), and some are registered twice. Who stands on
lists of local authorities alone counts on the first of them by file name: lists have no day of
registration. A number that fails its check digit is counted, being paid; so are records of one
person that differ in sex or day of birth: `record_outcomes` says how many of each there are.

The age is that which decides the amount: on 1 October of the fiscal year until September 2566, since
October 2566 on the first of the month (a birthday counts from the month after it). Amounts are
published as paid; those that are not the rate of the age (`data/rates.csv`) are counted, not
corrected.
"""

OCTOBER, MONTHLY_SINCE = 10, "2023-10"
#: The last digit is 11 less the weighted sum of the others modulo 11, modulo 10.
WEIGHTED = " + ".join(f"{14 - place} * national_id[{place}]::INTEGER" for place in range(1, 13))

RANKED = """
    SELECT *, (11 - ($weighted) % 11) % 10 <> national_id[13]::INTEGER AS check_digit_fails,
           row_number() OVER person AS place, first_value(source_part) OVER person AS counting_part,
           (first_value(sex) OVER person, first_value(birth_date) OVER person) <> (sex, birth_date)
               AS sex_or_birth_differs
    FROM (
        SELECT 'database' AS source_part, national_id, sex, birth_date, monthly_amount_thb, status_th,
               current_subdistrict_code[1:4] AS district_code, registered_on, record_id, NULL AS source_file
        FROM register WHERE disability_type_code IS NULL
        UNION ALL
        SELECT 'lists', national_id, sex, birth_date, monthly_amount_thb, 'รับเงิน', district_code, NULL, NULL,
               source_file
        FROM recipients_listed
    )
    WINDOW person AS (
        PARTITION BY national_id
        ORDER BY source_part, registered_on DESC, record_id DESC, source_file, birth_date, district_code, sex,
                 monthly_amount_thb
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
""".replace("$weighted", WEIGHTED)

RECIPIENTS = """
SELECT national_id, sex, district_code, district_name_th, province_name_th, age_years, tier_thb, monthly_amount_thb,
       CASE WHEN monthly_amount_thb IS DISTINCT FROM tier_thb THEN true END AS off_rate
FROM (
    SELECT *, date_sub('year', birth_date, DATE '$decisive')::INTEGER AS age_years
    FROM ($ranked) WHERE place = 1 AND status_th = 'รับเงิน'
)
ASOF LEFT JOIN (
    SELECT age_from::INTEGER AS age_from, monthly_thb::DECIMAL(10, 2) AS tier_thb
    FROM data.rates WHERE '$month' BETWEEN first_month AND coalesce(last_month, '9999-12')
) ON age_years >= age_from
LEFT JOIN places.districts USING (district_code)
LEFT JOIN places.provinces USING (province_code)
"""

OUTCOMES = """
SELECT source_part, place = 1 AND status_th = 'รับเงิน' AS counted,
       CASE WHEN place = 1 AND status_th = 'รับเงิน' THEN 'paid'
            WHEN place = 1 THEN 'not paid: ' || status_th
            WHEN source_part = 'database' THEN 'an older record of the same person'
            WHEN counting_part = 'database' THEN 'the person is in the database'
            ELSE 'the person is on a list before' END AS reason,
       check_digit_fails, sex_or_birth_differs, count(*)::BIGINT AS record_count
FROM ($ranked) GROUP BY ALL
UNION ALL
SELECT 'database', false, 'of the other allowance', NULL, NULL, count(*)::BIGINT
FROM register WHERE disability_type_code IS NOT NULL HAVING count(*) > 0
"""


def derive(period: str) -> dict[str, str]:
    """Return the tables `recipients` and `record_outcomes` of a month, as SQL."""
    year, month = int(period[:4]), int(period[5:])
    fiscal_year_begins = f"{year if month >= OCTOBER else year - 1}-10-01"
    decisive = f"{period}-01" if period >= MONTHLY_SINCE else fiscal_year_begins
    recipients = RECIPIENTS.replace("$decisive", decisive).replace("$month", period)
    return {
        "recipients": recipients.replace("$ranked", RANKED),
        "record_outcomes": OUTCOMES.replace("$ranked", RANKED),
    }
