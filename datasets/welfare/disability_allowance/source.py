"""Persons on the lists, each once: a person on several lists counts on the first by file name."""

RECIPIENTS = """
SELECT DISTINCT ON (national_id) national_id, sex, province_code, province_name_th, disability_type_code,
       disability_type_name_th, monthly_amount_thb
FROM recipients_listed
LEFT JOIN places.provinces USING (province_code)
LEFT JOIN data.types USING (disability_type_code)
ORDER BY national_id, source_file, birth_date, monthly_amount_thb
"""


def derive(_period: str) -> dict[str, str]:
    """Return the table `recipients` of a month, as SQL."""
    return {"recipients": RECIPIENTS}
