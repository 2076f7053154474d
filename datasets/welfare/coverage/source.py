"""Persons who were paid in a fiscal year, persons who moved, and who could be paid.

A person counts once for each allowance, where the latest payment of the year was made. A mover has
a record that was closed by moving away; the year is lost where nothing was paid from that month to
the year's end, at whatever authority: who does not register anew is not paid there. Old age
is compared by district, disability by province, because cards are counted by province only.
"""

RECORDS = """
SELECT r.*, CASE WHEN disability_type_code IS NULL THEN 'old_age' ELSE 'disability' END AS allowance,
       current_subdistrict_code[1:4] AS district_code, current_subdistrict_code[1:2] AS province_code,
       payment_month BETWEEN '$first' AND '$last' AS is_of_period,
       status_th = 'รับเงิน' AS is_paid, status_th = 'ย้ายออก' AS is_closed_by_moving,
       (payment_month, registered_on, record_id) AS age_of_record
FROM register r
"""

RECIPIENTS = """
WITH paid AS (
    SELECT national_id, arg_max(district_code, age_of_record) AS district_code,
           arg_max(province_code, age_of_record) AS province_code, arg_max(sex, age_of_record) AS sex,
           CASE WHEN bool_and(is_of_period) THEN true END AS month_is_of_period
    FROM ($records) WHERE is_paid AND allowance = '$allowance' GROUP BY national_id
),
known AS (SELECT DISTINCT $area, sex, true AS population_is_known FROM population WHERE allowance = '$allowance')
SELECT national_id, paid.$area, $names, paid.sex, month_is_of_period, population_is_known
FROM paid LEFT JOIN known ON known.$area = paid.$area AND known.sex = paid.sex
LEFT JOIN places.districts ON districts.district_code = paid.district_code
LEFT JOIN places.provinces ON provinces.province_code = paid.province_code
"""

ELIGIBLE = """
SELECT population.$area, $names, sex, eligible_count,
       CASE WHEN fiscal_year_be = $year THEN true END AS population_is_of_period,
       CASE WHEN count(*) OVER (PARTITION BY population.$area, sex) = 1 THEN true END AS population_is_stated_once
FROM population
LEFT JOIN places.districts ON districts.district_code = population.district_code
LEFT JOIN places.provinces ON provinces.province_code = population.province_code
WHERE allowance = '$allowance'
"""

MOVERS = """
WITH moved AS (
    SELECT national_id, allowance, arg_max(province_code, age_of_record) FILTER (is_closed_by_moving) AS province_code,
           min(payment_month) FILTER (is_closed_by_moving) AS moved_month,
           max(payment_month) FILTER (is_paid) AS last_paid_month
    FROM ($records) GROUP BY national_id, allowance HAVING bool_or(is_closed_by_moving)
)
SELECT national_id, allowance, allowance_name_th, province_code, province_name_th,
       coalesce(last_paid_month < moved_month, true)::BIGINT AS lost_year
FROM moved
LEFT JOIN places.provinces USING (province_code)
LEFT JOIN (SELECT DISTINCT allowance, allowance_name_th FROM data.groups) USING (allowance)
"""

#: Allowance -> its area and the names of it.
AREAS = {
    "old_age": ("district_code", "district_name_th, province_name_th"),
    "disability": ("province_code", "province_name_th"),
}


def derive(period: str) -> dict[str, str]:
    """Return the tables of recipients, of who could be paid and of movers of a fiscal year (B.E.), as SQL."""
    year = int(period) - 543
    records = RECORDS.replace("$first", f"{year - 1}-10").replace("$last", f"{year}-09")
    tables = {"movers": MOVERS.replace("$records", records)}
    for allowance, (area, names) in AREAS.items():
        for name, query in (("recipients", RECIPIENTS), ("eligible", ELIGIBLE)):
            of_allowance = query.replace("$allowance", allowance).replace("$area", area).replace("$names", names)
            of_allowance = of_allowance.replace("$year", period)
            tables[f"{allowance}_{name}"] = of_allowance.replace("$records", records)
    return tables
