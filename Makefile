# Every target does its own set-up: python3 (3.11 or newer), make and a package registry are enough.
# What is set up is remembered by stamp files in .venv, so a later start costs nothing.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
LOCKED := $(PIP) install --require-hashes --requirement
PACKAGES := config sensors pipeline handlers app
ARGS :=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo test check types format docs corpus soak bench bench-smoke lock clean mosquitto peers alertmanager prometheus chromium

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  ARGS="..."       is passed on by demo, test, soak and bench; ONLY="..." names benchmarks'

setup: $(BIN)/hotzone ## Make .venv/bin/hotzone

demo: setup ## A simulated hall on an embedded broker; a cooling unit fails after 20 s
	@$(BIN)/hotzone demo $(ARGS)

test: setup $(VENV)/.test mosquitto alertmanager prometheus chromium ## Run the tests (within 10 minutes on 2 cores)
	@$(BIN)/pytest --numprocesses 3 --dist loadfile $(ARGS)

check: setup $(VENV)/.test $(VENV)/.tools ## Lint, format, types, wheel content, import direction, documentation
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory types
	@$(BIN)/pytest --quiet tests/house

types: setup $(VENV)/.test $(VENV)/.tools ## Check the types, strictly
	@$(BIN)/mypy $(PACKAGES:%=typings/hotzone/%)
	@$(BIN)/mypy $(filter-out examples/concurrency/%,$(wildcard examples/*/*.py)) tests/typing/api.py # lessons give facts of any type

format: setup $(VENV)/.tools ## Format the code and fix what the linter can fix safely
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

docs: setup $(VENV)/.test ## Write anew what documents take from the code: settings, options, lines
	@$(BIN)/python -m hotzone.config.reference docs/configuration.md
	@$(BIN)/python -m hotzone.handlers.reference docs/handlers.md
	@PYTHONPATH=tests $(BIN)/python -m support.alarm_page docs/alarms.md
	@PYTHONPATH=tests $(BIN)/python -m support.lesson_page docs/learn/README.md

corpus: setup $(VENV)/.test ## Write the corpus of bad input anew, from tests/corpus
	@PYTHONPATH=tests $(BIN)/python -m corpus.generate

screenshots: setup $(VENV)/.test chromium ## Take the pictures of the page in docs/page anew, from a demo
	@PYTHONPATH=tests $(BIN)/python -m support.screenshots docs/page

soak: setup $(VENV)/.test mosquitto alertmanager prometheus chromium ## Run the tests that take longer than anybody wants to wait
	@$(BIN)/pytest -m soak -o faulthandler_timeout=0 $(ARGS)

bench: setup mosquitto peers ## Measure everything beside its peers: about an hour; ONLY="e2e-qos0 startup" measures some
	@PYTHONPATH=tests $(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(ARGS)

bench-smoke: setup mosquitto ## See within a minute whether the benchmarks still work, with the peers that are there
	@PYTHONPATH=tests $(BIN)/python -m benchmarks --smoke $(if $(ONLY),--only $(ONLY)) $(ARGS)

lock: ## Choose new versions within the ranges of pyproject.toml and requirements/*.in
	@.ci/lock

clean: ## Remove what make made
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache

mosquitto:
	@.ci/mosquitto

peers: setup
	@.ci/peers $(VENV)/peers

alertmanager:
	@.ci/alertmanager $(VENV)/alertmanager

prometheus:
	@.ci/prometheus $(VENV)/prometheus

chromium:
	@.ci/chromium

$(BIN)/python:
	@.ci/venv $(VENV)

$(VENV)/.run: requirements/run.txt | $(BIN)/python
	@echo "Installing what hotzone needs (once)" >&2
	@$(LOCKED) $<
	@touch $@

$(BIN)/hotzone: pyproject.toml $(VENV)/.run
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@echo "Installing what the tests need (once)" >&2
	@$(LOCKED) $<
	@touch $@

$(VENV)/.tools: requirements/tools.txt $(VENV)/.run
	@echo "Installing the linter and the type checker (once)" >&2
	@$(LOCKED) $<
	@touch $@
