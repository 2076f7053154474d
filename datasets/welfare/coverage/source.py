"""Persons who were paid in a fiscal year, persons who moved, and who could be paid.

A person counts once for each allowance, where the latest payment of the year was made. A mover has
a record that was closed by moving away; the year is lost where nothing was paid from that month to
the year's end, at whatever authority: who does not register anew is not paid there. Old age
is compared by district, disability by province, because cards are counted by province only.
"""

MONTHS = "payment_month BETWEEN '$first' AND '$last'"

RECORDS = """
SELECT r.*, CASE WHEN disability_type_code IS NULL THEN 'old_age' ELSE 'disability' END AS allowance,
       CASE WHEN disability_type_code IS NULL THEN current_subdistrict_code[1:4]
            ELSE current_subdistrict_code[1:2] END AS area_code,
       current_subdistrict_code[1:2] AS province_code,
       CASE WHEN $months THEN true END AS month_is_of_period,
       status_th = 'รับเงิน' AS is_paid, status_th = 'ย้ายออก' AS is_closed_by_moving,
       (payment_month, registered_on, record_id) AS age_of_record
FROM register r
"""

NAMED = """
LEFT JOIN places.districts d ON d.district_code = area_code
LEFT JOIN places.provinces p ON p.province_code = $province
LEFT JOIN (SELECT DISTINCT allowance, allowance_name_th FROM data.groups) USING (allowance)
"""

RECIPIENTS = """
WITH records AS ($records),
paid AS (
    SELECT national_id, allowance, arg_max(area_code, age_of_record) AS area_code, arg_max(sex, age_of_record) AS sex,
           CASE WHEN bool_and(coalesce(month_is_of_period, false)) THEN true END AS month_is_of_period
    FROM records WHERE is_paid GROUP BY national_id, allowance
),
known AS (SELECT DISTINCT allowance, area_code, sex, true AS population_is_known FROM ($eligible))
SELECT national_id, allowance, allowance_name_th, area_code,
       coalesce(district_name_th, province_name_th) AS area_name_th, province_name_th, sex,
       month_is_of_period, population_is_known
FROM paid LEFT JOIN known USING (allowance, area_code, sex) $named
"""

MOVERS = """
WITH records AS ($records),
moved AS (
    SELECT national_id, allowance, arg_max(province_code, age_of_record) FILTER (is_closed_by_moving) AS area_code,
           min(payment_month) FILTER (is_closed_by_moving) AS moved_month,
           max(payment_month) FILTER (is_paid) AS last_paid_month
    FROM records GROUP BY national_id, allowance HAVING bool_or(is_closed_by_moving)
)
SELECT national_id, allowance, allowance_name_th, area_code AS province_code, province_name_th,
       coalesce(last_paid_month < moved_month, true)::BIGINT AS lost_year
FROM moved $named
"""

ELIGIBLE = """
SELECT allowance, allowance_name_th, area_code, coalesce(district_name_th, province_name_th) AS area_name_th,
       province_name_th, sex, eligible_count
FROM (SELECT allowance, CASE WHEN allowance = 'old_age' THEN district_code ELSE province_code END AS area_code, sex,
             eligible_count FROM population)
$named
"""


def derive(period: str) -> dict[str, str]:
    """Return the tables `recipients`, `movers` and `eligible` of a fiscal year (B.E.), as SQL."""
    year = int(period) - 543
    months = MONTHS.replace("$first", f"{year - 1}-10").replace("$last", f"{year}-09")
    records = RECORDS.replace("$months", months)
    named = NAMED.replace("$province", "area_code[1:2]")
    tables = {"recipients": RECIPIENTS, "movers": MOVERS, "eligible": ELIGIBLE}
    eligible = ELIGIBLE.replace("$named", named)
    return {
        name: query.replace("$eligible", eligible).replace("$records", records).replace("$named", named)
        for name, query in tables.items()
    }
