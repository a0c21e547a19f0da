# Every command of the course, one line each. `make help` lists them.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# settings, caches and history of Jupyter stay inside .venv: nothing outside this folder is changed
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/etc/jupyter-user
export JUPYTER_DATA_DIR := $(CURDIR)/.venv/share/jupyter-user
export IPYTHONDIR := $(CURDIR)/.venv/etc/ipython
export MPLCONFIGDIR := $(CURDIR)/.venv/etc/matplotlib
export UV_CACHE_DIR := $(CURDIR)/.venv/cache
export UV_LINK_MODE := hardlink

.PHONY: help run test setup extras lab verify bench notebooks catalogues exercises data slides site lint lock clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

run: setup  ## set everything up and run the course; pages go to runs/
	$(BIN)/crmlab run

test: setup .venv/.extras  ## set everything up and pass the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile
	$(BIN)/python -m pytest -p no:randomly --nbval --nbval-sanitize-with tests/sanitize.cfg --nbval-cell-timeout 300 notebooks

setup: .venv/.ready  ## make .venv with every package at its pinned version (about a minute)

.venv/.ready: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'crmlab needs Python 3.11 or newer; found ' + sys.version.split()[0] + '. Hint: make setup PYTHON=python3.12')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.txt)"
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch .venv/.ready

extras: .venv/.extras  ## the extras too: grading, the site, a Dask cluster, PostgreSQL, Spark

.venv/.extras: .venv/.ready requirements-extras.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-extras.txt
	touch .venv/.extras

lab: setup  ## open the course in JupyterLab, in the folder my-course
	$(BIN)/crmlab lab my-course

verify: setup  ## compute published results and print them beside the papers' figures
	$(BIN)/python -m crmlab.verify

bench: setup  ## measure speed and memory beside what one would use instead; writes benchmarks/results.md
	$(BIN)/python benchmarks/run.py

notebooks: setup  ## execute every lesson again, in place
	$(BIN)/python notebooks/execute.py

catalogues: setup  ## bring the translations of the lessons up to date; says what is missing
	$(BIN)/python notebooks/catalogues.py

exercises: setup  ## make the exercises again from their masters
	$(BIN)/python exercises/generate.py

data: setup  ## write the bundled data sets again, byte for byte
	$(BIN)/python -c "from pathlib import Path; from crmlab.datasets.bundled import write_bundled; write_bundled(Path('datasets'))"

slides: setup  ## make a slide deck of every lesson; they open from disk without a network
	$(BIN)/crmlab slides

site: setup .venv/.extras  ## the course as a site in site/en and site/zh; it works without a network
	$(BIN)/python docs/build.py --lang en
	$(BIN)/python docs/build.py --lang zh

lint: setup  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock:  ## pin every package again (needs uv)
	uv pip compile --universal --python-version 3.11 --no-header --extra test pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --no-header --extra cluster --extra docs --extra grading --extra postgres --extra present --extra spark -c requirements.txt pyproject.toml -o requirements-extras.txt

clean:  ## remove .venv, runs and slides
	rm -rf .venv runs slides site
