"""The way of the data, in plain Python: extract, validate, anonymise, publish.

Read in this order: `dataset` (what a dataset is), `extract`, `validate`, `anonymise`,
`publish` (one verb each, thin), then the folders they call. Nothing here imports dagster.
"""
