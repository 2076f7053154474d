"""Dagster's view of the way of the data: which assets there are, when they run, what they show.

Read in this order: `definitions` (all of it put together), `factory` (a dataset's assets),
then what the factory uses. One call per stage and no data logic: that is in `pipelines`.
"""
