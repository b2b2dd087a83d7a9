# One command per target; everything is installed into .venv.
PYTHON ?= python3
LEAGUE ?=
BIN := .venv/bin

.PHONY: demo test lint format bench docs lock package clean

.venv/installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch .venv/installed

demo: .venv/installed
	$(BIN)/python -m local.demo $(if $(LEAGUE),--league $(LEAGUE))

test: .venv/installed
	$(BIN)/pytest

lint: .venv/installed .venv/checkov/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict workflows cloudbuild.yaml
	$(BIN)/python -m local.workflows.check workflows/*.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.cloudbuild cloudbuild.yaml
	.venv/checkov/bin/checkov
	if command -v terraform >/dev/null; then terraform fmt -check -recursive terraform; fi

.venv/checkov/installed: requirements/checkov.txt
	$(PYTHON) -m venv .venv/checkov
	.venv/checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/checkov.txt
	touch .venv/checkov/installed

package: .venv/installed
	$(BIN)/python -m release package

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed
	$(BIN)/python -m bench

docs: .venv/installed
	$(BIN)/python -m phase4.table_reference > docs/tables.md
	$(BIN)/python -m phase4.cli.reference > docs/cli.md

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-emit-find-links

lock:
	$(BIN)/pip install --quiet uv
	$(COMPILE) --extra dev pyproject.toml --output-file requirements/dev.txt
	$(COMPILE) --extra job --constraint requirements/dev.txt pyproject.toml --output-file requirements/job.txt
	$(COMPILE) --extra function --constraint requirements/dev.txt pyproject.toml --output-file requirements/function.txt
	$(COMPILE) requirements/checkov.in --output-file requirements/checkov.txt

clean:
	rm -rf .venv .phase4 build dist
