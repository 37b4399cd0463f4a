# Regulars: everything a developer or a newcomer types. Needs Python 3.11+ and make; the rest it fetches itself.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WEB := web/admin
BUNDLE := src/regulars/app/web/index.html
export REGULARS_HOME ?= $(CURDIR)/.home$(if $(PRACTICE),-practice)
PRACTISED := $(if $(PRACTICE),--practice)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where this is set, every process compiles all it imports anew: most of what starting one costs. Empty is unset.
export PYTHONDONTWRITEBYTECODE :=

# What must hold before a test with stores is worth running; two at a time, each one's words together.
GATES := gate-format gate-types gate-web-lint gate-web-types gate-house gate-floors
TOGETHER = $(MAKE) -s -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: help setup demo demo-check test check snapshots faults fix dev soak deep fuzz bench lock openapi clean $(GATES) web-tests

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

$(BUNDLE): $(WEB)/node_modules/.stamp $(shell git ls-files '$(WEB)/src' '$(WEB)/index.html' '$(WEB)/vite.config.ts' '$(WEB)/vite.sdk.config.ts' web/sdk/src 2>/dev/null)
	@cd $(WEB) && $(CURDIR)/scripts/npm run --silent build
	@touch $@

demo: setup ## Import a real retailer's year of orders and serve the console at http://127.0.0.1:8000; PRACTICE=1: a brand's hour on practice platforms
	@$(BIN)/regulars demo $(PRACTISED)

demo-check: setup ## The same without serving; prints the figures as one JSON object
	@$(BIN)/regulars demo-check $(PRACTISED)

# The longest first, so that no process is left alone with them in the end. `check` has run tests/house by then.
LONGEST := tests/fuzz tests/soak tests/bench tests/segments tests/browser tests/infra

test: setup ## Everything: gates, tests with real stores, web tests, a browser if there is one
	@$(TOGETHER) $(GATES) web-tests
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder --durations=30 --durations-min=5 --ignore=tests/house $(LONGEST) tests

snapshots: setup ## Take the pictures of the gallery anew, after a wanted change of the design system
	@REGULARS_RENEW_SNAPSHOTS=1 $(BIN)/python -m pytest -q tests/browser/test_gallery.py -k gallery_looks

faults: setup ## Let every platform fail in every way, and write the table of docs/platforms.md anew
	@to=$$(mktemp -d) && REGULARS_FAULTS_TO=$$to $(BIN)/python -m pytest -q tests/conformance/test_faults.py -k twice && $(BIN)/python -m tests.conformance.faults_table $$to

check: setup ## The gates: format, lint, types, floors, house tests, web lint and types
	@$(TOGETHER) $(GATES)

gate-format:
	@$(BIN)/ruff format --check . && $(BIN)/ruff check -q .

gate-types:
	@$(BIN)/pyright --warnings

gate-floors:
	@said=$$($(BIN)/lint-imports --no-cache) || { echo "$$said"; exit 1; }

gate-house:
	@$(BIN)/python -m pytest tests/house

gate-web-lint:
	@cd $(WEB) && $(CURDIR)/scripts/npm run --silent lint

gate-web-types:
	@cd $(WEB) && $(CURDIR)/scripts/npm run --silent types

web-tests:
	@cd $(WEB) && $(CURDIR)/scripts/npm run --silent test

fix: setup ## Format and mend what can be mended by itself
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

dev: setup ## Serve with the console's development server beside it
	@$(BIN)/regulars serve & trap 'kill %1' EXIT; cd $(WEB) && $(CURDIR)/scripts/npm run dev

soak: setup ## Twenty seeded runs in which every process is killed at random
	@REGULARS_SOAK_RUNS=20 $(BIN)/python -m pytest tests/soak

deep: setup ## The tests that draw at random, with all their seeds and examples
	@REGULARS_DEEP=1 $(BIN)/python -m pytest tests/core/test_rule_equality.py tests/segments tests/profiles/test_incremental.py \
		tests/identity/test_bulk.py tests/audiences tests/journeys

fuzz: setup ## Ask every route of the API hundreds of odd things; EXAMPLES=200 SEED=7
	@REGULARS_FUZZ_EXAMPLES=$(or $(EXAMPLES),200) REGULARS_FUZZ_SEED=$(or $(SEED),7) $(BIN)/python -m pytest tests/fuzz

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
	@$(BIN)/regulars stop 2>/dev/null; rm -rf $(VENV) .home .home-practice $(WEB)/node_modules src/regulars/app/web
