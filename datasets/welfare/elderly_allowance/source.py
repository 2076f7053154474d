"""Persons who are paid in a month, each once, and what became of the other records.

A person is counted where registered last: who moved must register anew (and the old record is
often not closed), and some are registered twice. The age is that which decides the amount: on
1 October of the fiscal year until September 2566, since October 2566 on the first of the month
(a birthday counts from the month after it). Amounts are published as paid; those that are not
the rate of the age (`data/rates.csv`) are counted, not corrected.
"""

OCTOBER, MONTHLY_SINCE = 10, "2023-10"

RANKED = """
    SELECT *, row_number() OVER (PARTITION BY national_id ORDER BY registered_on DESC, record_id DESC) AS place
    FROM register
"""

RECIPIENTS = """
SELECT national_id, sex, current_subdistrict_code[1:4] AS district_code, district_name_th, province_name_th,
       date_sub('year', birth_date, DATE '$decisive')::INTEGER AS age_years, monthly_amount_thb,
       CASE WHEN monthly_amount_thb <> (
           SELECT max(monthly_thb::DECIMAL(10, 2)) FROM data.rates
           WHERE age_from::INTEGER <= date_sub('year', birth_date, DATE '$decisive')
             AND '$month' BETWEEN first_month AND coalesce(last_month, '9999-12')
       ) THEN true END AS off_rate
FROM ($ranked)
LEFT JOIN places.districts ON district_code = current_subdistrict_code[1:4]
LEFT JOIN places.provinces USING (province_code)
WHERE place = 1 AND status_th = 'รับเงิน'
"""

OUTCOMES = """
SELECT place = 1 AND status_th = 'รับเงิน' AS counted,
       CASE WHEN place > 1 THEN 'an older record of the same person'
            WHEN status_th <> 'รับเงิน' THEN 'not paid' ELSE 'paid' END AS reason,
       count(*)::BIGINT AS record_count
FROM ($ranked) GROUP BY ALL
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
