"""What each stage leaves, by name: the second half of every asset key.

Nothing else belongs here; the stages themselves are `pipelines.stages`.
"""

from typing import Literal

import dagster as dg

from pipelines.dataset_files import Dataset
from pipelines.stages import Stage

Noun = Literal["raw", "valid", "anonymised", "published"]

#: In the order of the way; each is made from the one before.
STAGE_OF: dict[Noun, Stage] = {
    "raw": "extract",
    "valid": "validate",
    "anonymised": "anonymise",
    "published": "publish",
}

#: The tag of a dataset's runs and assets.
DATASET_TAG = "opendata/dataset"


def asset_key(dataset: Dataset, noun: Noun) -> dg.AssetKey:
    """Return the key of what a stage leaves of a dataset: `[name, noun]`."""
    return dg.AssetKey([dataset.short_name, noun])


def job_name(dataset: Dataset) -> str:
    """Return the name of the job that takes a dataset the whole way (`welfare__elderly_fund`)."""
    return dataset.name.replace("/", "__")
