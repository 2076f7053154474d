"""The projects with the fiscal year they are listed for, which no column of the source says.

`runs_in_period` is empty for a project whose dates do not touch the fiscal year: a few are
slips, many mean that the list is another year's.
"""

PROJECTS = """
SELECT '$year-' || list_number AS project_code, plan_item_code, project_name_th, project_objective_th,
       $year AS fiscal_year_be, $year - 543 AS fiscal_year,
       institution_name_th, office_name_th, dimension_name_th, status_code, status_name_th, start_date, end_date,
       project_budget_thb, project_spent_thb, project_url,
       (project_spent_thb IS NOT NULL)::BIGINT AS spent_stated_project_count,
       CASE WHEN start_date < make_date($year - 543, 10, 1) AND end_date >= make_date($year - 544, 10, 1)
            THEN true END AS runs_in_period
FROM list
"""


def derive(period: str) -> dict[str, str]:
    """Return the table `projects` for a fiscal year (B.E.), as SQL."""
    return {"projects": PROJECTS.replace("$year", str(int(period)))}
