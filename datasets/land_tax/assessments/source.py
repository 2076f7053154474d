"""Land by its taxed parts: what each is used for, what it is worth, and the tax of it.

Of an LTAX register one row is a part of a parcel with one use: the whole parcel, or one row for
each use where the sheet of uses accounts for the parcel's whole area. A part gets its share of
the parcel's appraised value by area, in satang that add up to the parcel's. Of an assessment roll
one row is a row of the roll, with what the authority recorded as exempt, assessed and paid.

The computed tax is marginal: each slice of the base at the rate of its tier (`data/rates.csv`),
then the year's general reduction (`data/reductions.csv`). It is null, never guessed, where a rate
or a reduction of the year was not confirmed, where the house register decides (main homes), and
where the years of vacancy do and are not told. The base of a roll is the one it states. That of a
register is the value without the exemption of agricultural land (`data/person_types.csv`, and in
the first years all of it, `data/agriculture_holidays.csv`), which is of an owner's whole
agricultural land in the file, which is one local authority's, and is spread over it by value; it
is null where the kind of owner has rules of its own. Adjoining parcels of one owner are not
joined: the source does not say which adjoin. Parcel codes are told apart within a file only.
"""

ASSESSED_PARTS = """
WITH uses AS (
    SELECT source_file, parcel_code, use_text, sum(part_area_sqwa) AS area
    FROM parcel_uses GROUP BY ALL
), accounted AS (
    SELECT source_file, parcel_code, sum(area) AS area, bool_and(area > 0) AS stated FROM uses GROUP BY ALL
), parcel_states AS (
    SELECT p.*, a.parcel_code IS NOT NULL AS has_uses, coalesce(a.stated AND a.area = p.area_sqwa, false) AS splits
    FROM parcels p LEFT JOIN accounted a USING (source_file, parcel_code)
), slices AS (
    SELECT source_file, parcel_code, use_text, area,
           sum(area) OVER (PARTITION BY source_file, parcel_code ORDER BY use_text NULLS LAST) AS upto
    FROM uses
), registered AS (
    SELECT source_file, owner_id, subdistrict_code, appraised_value_thb AS value, area_sqwa AS area,
           CASE WHEN has_uses THEN '7' ELSE use_text END AS use_text
    FROM parcel_states WHERE NOT splits
    UNION ALL
    SELECT p.source_file, p.owner_id, p.subdistrict_code,
           (round(p.appraised_value_thb * s.upto / p.area_sqwa, 2)
            - round(p.appraised_value_thb * (s.upto - s.area) / p.area_sqwa, 2))::DECIMAL(38, 2),
           s.area, s.use_text
    FROM parcel_states p JOIN slices s USING (source_file, parcel_code) WHERE p.splits
), parts AS (
    SELECT false AS of_roll, r.*, person_type_code, NULL AS stated_exempt, NULL AS stated_base,
           NULL AS assessed, NULL AS paid, true AS of_tax_year
    FROM registered r LEFT JOIN owners USING (source_file, owner_id)
    UNION ALL
    SELECT true, source_file, owner_id, subdistrict_code, appraised_value_thb, area_sqwa, use_text,
           known_person_type_code, exempt_value_thb, tax_base_thb, assessed_tax_thb, paid_tax_thb,
           CASE WHEN tax_year_be = $tax_year THEN true END
    FROM roll
), described AS MATERIALIZED (
    SELECT parts.*, row_number() OVER () AS part, u.rate_class,
           CASE WHEN use_text IS NULL THEN 'not_stated' ELSE u.use_category END AS use_category,
           CASE WHEN h.person_type_code IS NULL THEN t.agriculture_exempt_thb::DOUBLE ELSE 'infinity' END AS exempt,
           sum(value) FILTER (u.rate_class = 'agriculture') OVER (PARTITION BY of_roll, source_file, owner_id)
               AS agriculture
    FROM parts
    LEFT JOIN data.use_spellings s ON s.spelling = use_text
    LEFT JOIN data.uses u USING (use_code)
    LEFT JOIN data.person_types t USING (person_type_code)
    LEFT JOIN data.agriculture_holidays h ON h.person_type_code = parts.person_type_code
        AND $tax_year BETWEEN h.tax_year_be_from::INTEGER AND h.tax_year_be_to::INTEGER
), bases AS (
    SELECT part, rate_class, round(CASE
        WHEN of_roll THEN stated_base
        WHEN exempt IS NULL OR rate_class IS NULL THEN NULL
        WHEN rate_class <> 'agriculture' OR value = 0 THEN value
        ELSE value * greatest(agriculture - exempt, 0) / agriculture END, 2)::DECIMAL(20, 2) AS base
    FROM described
), taxes AS (
    SELECT part, round(sum(greatest(least(base, coalesce(r.upper_thb::DECIMAL(20, 2), base))
               - r.lower_thb::DECIMAL(20, 2), 0) * r.rate_pct::DECIMAL(4, 2))
               * (100 - d.reduction_pct::DECIMAL(4, 2)) * 0.0001, 2)::DECIMAL(38, 2) AS tax
    FROM bases
    JOIN data.rates r USING (rate_class)
    JOIN data.reductions d ON d.tax_year_be::INTEGER = $tax_year AND d.certainty = 'read'
    WHERE r.certainty = 'read' AND $tax_year BETWEEN r.tax_year_be_from::INTEGER AND r.tax_year_be_to::INTEGER
      AND base IS NOT NULL
    GROUP BY part, d.reduction_pct
), taxed AS (
    SELECT described.*,
           (CASE WHEN of_roll THEN stated_exempt ELSE round(value - base, 2) END)::DECIMAL(38, 2) AS exempted,
           CASE WHEN of_roll AND base = 0 THEN 0 ELSE tax END AS computed
    FROM described JOIN bases USING (part) LEFT JOIN taxes USING (part)
)
SELECT owner_id, subdistrict_code, subdistrict_name_th, district_name_th, province_name_th,
       use_category, use_category_name_th, value_tier, value_tier_name_th,
       area AS area_sqwa, value AS appraised_value_thb,
       exempted AS exempt_value_thb, (exempted IS NOT NULL)::BIGINT AS exempt_known_part_count,
       computed AS computed_tax_thb, (computed IS NOT NULL)::BIGINT AS taxed_part_count,
       assessed AS assessed_tax_thb, (assessed IS NOT NULL)::BIGINT AS assessed_part_count,
       coalesce(abs(assessed - computed) > 0.01, false)::BIGINT AS tax_differs_part_count,
       paid AS paid_tax_thb, (paid IS NOT NULL)::BIGINT AS paid_known_part_count, of_tax_year
FROM taxed
JOIN data.value_tiers v ON CASE WHEN value IS NULL THEN v.lower_thb IS NULL
    ELSE value >= v.lower_thb::DOUBLE AND value < coalesce(v.upper_thb::DOUBLE, 'infinity') END
LEFT JOIN data.use_categories USING (use_category)
LEFT JOIN places.subdistricts USING (subdistrict_code)
LEFT JOIN places.districts USING (district_code)
LEFT JOIN places.provinces USING (province_code)
"""


def derive(period: str) -> dict[str, str]:
    """Return the table `assessed_parts` for a tax year (B.E.), as SQL."""
    return {"assessed_parts": ASSESSED_PARTS.replace("$tax_year", str(int(period)))}
