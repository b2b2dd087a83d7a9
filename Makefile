# One command per target; everything is installed into VENV, exactly as locked.
PYTHON ?= python3
LEAGUE ?=
VENV ?= .venv
BIN := $(VENV)/bin

# Empty is unset: where it is set, as in many images, each of hundreds of processes compiles what
# it imports, and a test run costs half as much again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-all coverage lint format bench docs lock package clean

# Asked every time: the stamp says what the environment was made of, a date would not.
$(VENV)/installed: FORCE
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there: install Python, or name one: make PYTHON=…"; exit 1; }
	@$(PYTHON) requirements/python_version.py
	@$(PYTHON) -m requirements.install dev $(VENV) --editable

$(VENV)/checkov/installed: $(VENV)/installed FORCE
	@$(PYTHON) -m requirements.install checkov $(VENV)/checkov --uv $(BIN)/uv

FORCE:

demo: $(VENV)/installed
	$(BIN)/python -m sample.demo $(if $(LEAGUE),--league $(LEAGUE))

# A file stays in one process: its tests share one project on that process's laptop cloud; so do the
# files of a folder that conftest.py names. One process more than cores, because a third of the time
# is spent waiting; slow files come first.
PROCESSES = $(shell $(PYTHON) -c "import os; print(min(4, 1 + (os.cpu_count() or 1)))")
PYTEST = $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

# What stands around the product: the laptop's servers, the sample league, how it is deployed and made.
AROUND := laptop/tests tests/bench tests/release tests/requirements tests/sample tests/terraform

test: $(VENV)/installed
	$(PYTEST) tests $(addprefix --ignore ,$(AROUND))
	@echo "not run: $(AROUND) (make test-all runs them, too)"

test-all: $(VENV)/installed
	$(PYTEST)

coverage: $(VENV)/installed
	$(PYTEST) --cov --cov-report=term:skip-covered

lint: $(VENV)/installed $(VENV)/checkov/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict workflows cloudbuild.yaml
	$(BIN)/python -m laptop.workflows.check workflows/*.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.cloudbuild cloudbuild.yaml
	$(VENV)/checkov/bin/checkov
	if command -v terraform >/dev/null; then terraform fmt -check -recursive terraform; fi
	$(BIN)/python -m release check

package: $(VENV)/installed
	$(BIN)/python -m release package

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed
	$(BIN)/python -m bench

docs: $(VENV)/installed
	$(BIN)/python -m phase4.tables.reference > docs/tables.md
	$(BIN)/python -m phase4.cli.reference > docs/cli.md

# An extra stands in the lock by its own name: pip takes one that does not for another requirement.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-strip-extras --no-header --no-emit-index-url --no-emit-find-links

lock: $(VENV)/installed
	$(COMPILE) --extra dev --extra training --group build --no-emit-package phase4 --no-emit-package laptop-cloud \
	  pyproject.toml laptop/pyproject.toml sample/pyproject.toml --output-file requirements/dev.txt
	$(COMPILE) --extra job --constraint requirements/dev.txt pyproject.toml --output-file requirements/job.txt
	$(COMPILE) --extra function --constraint requirements/dev.txt pyproject.toml --output-file requirements/function.txt
	$(COMPILE) --group build --constraint requirements/dev.txt --output-file requirements/build.txt
	$(COMPILE) requirements/checkov.in --output-file requirements/checkov.txt
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	$(BIN)/python -m requirements.names requirements/*.txt

clean:
	rm -rf .venv .phase4 build dist
