# One command per target; everything is installed into .venv.
PYTHON ?= python3
LEAGUE ?=
BIN := .venv/bin

.PHONY: demo test lint format bench docs lock package clean

.venv/installed: requirements/dev.txt requirements/uv.txt pyproject.toml
	@echo "making .venv: about 15 s"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements/uv.txt
	$(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --no-deps --editable .
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

.venv/checkov/installed: requirements/checkov.txt .venv/installed
	$(PYTHON) -m venv --clear .venv/checkov
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/checkov/bin/python requirements/checkov.txt
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

# An extra stands in the lock by its own name: pip takes one that does not for another requirement.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-strip-extras --no-header --no-emit-index-url --no-emit-find-links

lock: .venv/installed
	$(COMPILE) --extra dev pyproject.toml --output-file requirements/dev.txt
	$(COMPILE) --extra job --constraint requirements/dev.txt pyproject.toml --output-file requirements/job.txt
	$(COMPILE) --extra function --constraint requirements/dev.txt pyproject.toml --output-file requirements/function.txt
	$(COMPILE) requirements/checkov.in --output-file requirements/checkov.txt
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	$(BIN)/python -m release.lock requirements/*.txt

clean:
	rm -rf .venv .phase4 build dist
