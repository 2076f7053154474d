"""Land by its taxed parts: what each is used for, what it is worth, and the tax by tiers.

One row is a part of a parcel with one use: the whole parcel, or one row for each use where
the sheet of uses accounts for the parcel's whole area. A part gets its share of the parcel's
appraised value by area, in satang that add up to the parcel's.

The tax is marginal: each slice of the value at the rate of its tier (`data/rates.csv`), then
the year's general reduction (`data/reductions.csv`). It is null, never guessed, where a rate
or a reduction of the year was not confirmed, where the house register decides (main homes),
or where the kind of owner has rules of its own. The exemption of agricultural land
(`data/person_types.csv`) is of an owner's whole agricultural land in the workbook, which is
one local authority's, and is spread over it by value. Adjoining parcels of one owner are not
joined: the source does not say which adjoin.
"""

ASSESSED_PARTS = """
WITH uses AS (
    SELECT parcel_code, use_text, sum(part_area_sqwa) AS area
    FROM parcel_uses GROUP BY parcel_code, use_text
), accounted AS (
    SELECT parcel_code, sum(area) AS area, bool_and(area > 0) AS stated FROM uses GROUP BY parcel_code
), parcel_states AS (
    SELECT p.*, a.parcel_code IS NOT NULL AS has_uses, coalesce(a.stated AND a.area = p.area_sqwa, false) AS splits
    FROM parcels p LEFT JOIN accounted a USING (parcel_code)
), slices AS (
    SELECT parcel_code, use_text, area,
           sum(area) OVER (PARTITION BY parcel_code ORDER BY use_text NULLS LAST) AS upto
    FROM uses
), parts AS (
    SELECT owner_id, subdistrict_code, appraised_value_thb AS value, area_sqwa AS area,
           CASE WHEN has_uses THEN '7' ELSE use_text END AS use_text
    FROM parcel_states WHERE NOT splits
    UNION ALL
    SELECT p.owner_id, p.subdistrict_code,
           (round(p.appraised_value_thb * s.upto / p.area_sqwa, 2)
            - round(p.appraised_value_thb * (s.upto - s.area) / p.area_sqwa, 2))::DECIMAL(38, 2),
           s.area, s.use_text
    FROM parcel_states p JOIN slices s USING (parcel_code) WHERE p.splits
), described AS MATERIALIZED (
    SELECT parts.*, row_number() OVER () AS part, u.rate_class,
           CASE WHEN use_text IS NULL THEN 'not_stated' ELSE u.use_category END AS use_category,
           t.agriculture_exempt_thb::DECIMAL(18, 2) AS exempt,
           sum(value) FILTER (u.rate_class = 'agriculture') OVER (PARTITION BY owner_id) AS agriculture
    FROM parts
    LEFT JOIN data.use_spellings s ON s.spelling = use_text
    LEFT JOIN data.uses u USING (use_code)
    LEFT JOIN owners USING (owner_id)
    LEFT JOIN data.person_types t USING (person_type_code)
), taxable AS (
    SELECT part, rate_class, round(CASE
        WHEN exempt IS NULL THEN NULL
        WHEN rate_class <> 'agriculture' OR value = 0 THEN value
        ELSE value * greatest(agriculture - exempt, 0) / agriculture END, 2) AS base
    FROM described
), taxes AS (
    SELECT part, round(sum(greatest(least(base, coalesce(r.upper_thb::DOUBLE, base)) - r.lower_thb::DOUBLE, 0)
               * r.rate_pct::DOUBLE / 100) * (100 - d.reduction_pct::DOUBLE) / 100, 2)::DECIMAL(38, 2) AS tax
    FROM taxable
    JOIN data.rates r USING (rate_class)
    JOIN data.reductions d ON d.tax_year_be::INTEGER = $tax_year AND d.certainty = 'read'
    WHERE r.certainty = 'read' AND $tax_year BETWEEN r.tax_year_be_from::INTEGER AND r.tax_year_be_to::INTEGER
      AND base IS NOT NULL
    GROUP BY part, d.reduction_pct
)
SELECT owner_id, subdistrict_code, subdistrict_name_th, district_name_th, province_name_th,
       use_category, use_category_name_th, value_tier, value_tier_name_th,
       area AS area_sqwa, value AS appraised_value_thb, tax AS computed_tax_thb,
       (tax IS NOT NULL)::BIGINT AS taxed_part_count
FROM described
LEFT JOIN taxes USING (part)
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
