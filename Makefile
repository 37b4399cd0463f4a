# Regulars: everything a developer or a newcomer types. Needs Python 3.11+ and make; the rest it fetches itself.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB := web/admin
BUNDLE := src/regulars/app/web/index.html
export REGULARS_HOME ?= $(CURDIR)/.home
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo demo-check test check fix dev soak bench lock openapi clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(VENV)/.stamp $(BUNDLE) ## Make .venv with everything in it, and build the console

$(VENV)/.stamp: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Regulars needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip install -q -p $(BIN)/python --require-hashes -r requirements/dev.txt 2>/dev/null \
		|| $(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# Node 20.19+ of the machine, or the one from the Python package index.

$(WEB)/node_modules/.stamp: $(WEB)/package-lock.json $(VENV)/.stamp
	@cd $(WEB) && $(CURDIR)/scripts/npm ci --silent --no-progress
	@touch $@

$(BUNDLE): $(WEB)/node_modules/.stamp $(shell git ls-files '$(WEB)/src' '$(WEB)/index.html' '$(WEB)/vite.config.ts' 2>/dev/null)
	@cd $(WEB) && $(CURDIR)/scripts/npm run --silent build
	@touch $@

demo: setup ## Import a real retailer's year of orders and serve the console at http://127.0.0.1:8000
	@$(BIN)/regulars demo

demo-check: setup ## The same without serving; prints the figures as one JSON object
	@$(BIN)/regulars demo-check

# The longest first, so that no process is left alone with them in the end. `check` has run tests/house by then.
LONGEST := tests/soak tests/bench tests/segments tests/browser tests/infra

test: setup ## Everything: gates, tests with real stores, web tests, a browser if there is one
	@$(MAKE) -s check
	@cd $(WEB) && $(CURDIR)/scripts/npm run --silent test
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --ignore=tests/house $(LONGEST) tests

check: setup ## The gates: format, lint, types, floors, house tests, web lint and types
	@$(BIN)/ruff format --check . && $(BIN)/ruff check -q .
	@$(BIN)/pyright --warnings | tail -n 1
	@$(BIN)/lint-imports --no-cache > /tmp/regulars-imports.log || { cat /tmp/regulars-imports.log; exit 1; }
	@$(BIN)/python -m pytest tests/house
	@cd $(WEB) && $(CURDIR)/scripts/npm run --silent lint && $(CURDIR)/scripts/npm run --silent types

fix: setup ## Format and mend what can be mended by itself
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

dev: setup ## Serve with the console's development server beside it
	@$(BIN)/regulars serve & trap 'kill %1' EXIT; cd $(WEB) && $(CURDIR)/scripts/npm run dev

soak: setup ## Twenty seeded runs in which every process is killed at random
	@REGULARS_SOAK_RUNS=20 $(BIN)/python -m pytest tests/soak

bench: setup ## Measure segments on a million generated customers; BENCH=NAME SCALE=ci|1m|10m|max
	@$(BIN)/regulars bench $(or $(BENCH),segments) --scale $(or $(SCALE),1m)

lock: $(VENV)/.stamp ## Pin the dependencies again
	@for set in "runtime --extra embedded" "dev --extra embedded --group dev"; do set -- $$set; name=$$1; shift; \
		$(BIN)/uv pip compile pyproject.toml $$@ --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/$$name.txt; done
	@echo 'uv>=0.13' | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/uv.txt
	@$(BIN)/uv pip compile --group build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements/node.txt

openapi: setup ## Export the API's description and generate the console's types from it
	@$(BIN)/regulars openapi > $(WEB)/src/api/openapi.json && cd $(WEB) && $(CURDIR)/scripts/npm run --silent api

clean: ## Remove what was built and the demo's home
	@$(BIN)/regulars stop 2>/dev/null; rm -rf $(VENV) .home $(WEB)/node_modules src/regulars/app/web
