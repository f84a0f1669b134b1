# Two commands do all the set-up. Where uv is missing it is installed into .uv/, nothing outside of this folder.
UV := $(or $(shell command -v uv),.uv/bin/uv)
RUN := $(UV) run --quiet

.DEFAULT_GOAL := help
.PHONY: help build test lint docs

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1  \2/p' $(MAKEFILE_LIST)

build: $(UV) ## Build both production images
	@$(RUN) pipeline build

test: $(UV) ## Run every test that this machine can run
	@$(RUN) pytest
	@sh tests/applications.sh

lint: $(UV) ## Check style and types of the module
	@$(RUN) ruff format --check
	@$(RUN) ruff check
	@$(RUN) mypy

docs: $(UV) ## Build the site into docs/_build/html
	@$(RUN) --group docs sphinx-build -W --keep-going -n -q -b html docs docs/_build/html

.uv/bin/uv:
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .uv uv==0.13.9
