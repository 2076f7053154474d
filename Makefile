# The few commands of this project. `make` alone shows them.
PYTHON ?= python3
BIN := .venv/bin
export OPENDATA_HOME ?= $(CURDIR)/.opendata

.DEFAULT_GOAL := help

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: requirements.lock ## build the virtual environment from the lock file
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch .venv

lock: ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-strip-extras --python-version 3.11 --extra dev \
	  --no-header pyproject.toml --output-file requirements.lock

.PHONY: help lock
