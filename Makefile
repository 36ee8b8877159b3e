# `make help` lists the targets. The environment is .venv, made from requirements.lock.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DEMO := .demo
OUT := .meibo

# Hundreds of processes start during the tests: each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | column -ts $$'\t'

.venv/installed: requirements.lock requirements/bootstrap.txt requirements/install.sh pyproject.toml
	@bash requirements/install.sh "$(PYTHON)"

setup: .venv/installed ## create the environment only

scan: setup $(DEMO)/estate.yaml ## write the sample estate, scan it, print and open the report
	MEIBO_KEY_FILE=$(DEMO)/demo.key $(BIN)/meibo scan --estate $(DEMO)/estate.yaml --out $(OUT) --open

$(DEMO)/estate.yaml: | .venv/installed
	$(BIN)/meibo demo $(DEMO)

airflow: setup $(DEMO)/estate.yaml ## start Airflow on loopback with the DAGs and the sample estate
	bash dags/standalone.sh $(DEMO) $(OUT)

test: setup apt lint ## lint, types, and every test that is not slow
	@$(MAKE) --no-print-directory -j2 -O test-house types test-sources test-sample test-airflow test-detectors test-e2e

# Two at a time for two cores, the longest first. What looks at the scanned sample estate has one process, since the
# scan takes a minute; Airflow wants one of its own.
test-house: setup
	$(BIN)/python -m pytest -q -m "not slow and not sample" $(HOUSE) $(SOURCES:%=--ignore %)

test-sources: setup
	$(BIN)/python -m pytest -q -m "not slow and not sample" $(SOURCES)

test-sample: setup
	$(BIN)/python -m pytest -q -m "not slow and sample" $(HOUSE)

HOUSE := --ignore tests/detectors --ignore tests/e2e --ignore tests/dags
SOURCES := $(wildcard tests/pipelines/test_sources_*.py) tests/pipelines/test_objects_nights.py

test-airflow: setup
	$(BIN)/python -m pytest -q -m "not slow" tests/dags

test-detectors: setup
	$(BIN)/python -m pytest -q -m "not slow" --doctest-modules detectors pipelines tests/detectors

test-e2e: setup
	$(BIN)/python -m pytest -q -m "not slow" tests/e2e

test-slow: setup apt ## the tests that take minutes
	@$(MAKE) --no-print-directory -j2 -O test-slow-house test-slow-airflow

test-slow-house: setup
	$(BIN)/python -m pytest -q -m "slow and not airflow"

test-slow-airflow: setup
	$(BIN)/python -m pytest -q -m "airflow and slow"

lint: setup ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy --strict over both packages
	$(BIN)/mypy

apt: ## install what tests need beyond Python, where allowed
	@bash tests/apt.sh

bench: setup ## measure speed against reading, Presidio and GiNZA; nights, load, workers: some minutes
	$(BIN)/python -m benchmarks.speed

bench-full: setup ## the same on a million rows, and memory at ten million: hours
	$(BIN)/python -m benchmarks.speed --full

bench-store: setup ## measure reports on a store of ten million findings and keys
	$(BIN)/python -m benchmarks.store

bench-pictures: setup ## measure kinds and fields of drawn cards: a quarter of an hour
	$(BIN)/python -m benchmarks.pictures

quality: setup ## measure detection quality; fails when a figure is below its floor
	$(BIN)/python -m benchmarks.quality

docs: setup ## write the generated parts of the documentation
	$(BIN)/python docs/generate.py

docs-samples: setup ## the same, with the sample outputs: scans the small sample estate
	$(BIN)/python docs/generate.py --samples

lock: setup ## resolve the dependencies again
	$(BIN)/uv pip compile requirements/bootstrap.in -o requirements/bootstrap.txt $(LOCK)
	$(BIN)/uv pip compile pyproject.toml --extra all --extra dev --override requirements/overrides.txt \
	  -o requirements.lock $(LOCK)

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

clean: ## remove what scans, tests and the sample estate left; the environment stays
	rm -rf $(DEMO) $(OUT) .airflow .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

.PHONY: help setup scan airflow test test-house test-sources test-sample test-airflow test-detectors test-e2e test-slow test-slow-house test-slow-airflow lint types apt bench bench-full bench-store bench-pictures quality docs docs-samples lock clean
