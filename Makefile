# Every target sets up what it needs, first and only once: `make demo` alone works in a fresh clone.
#   make setup   .venv with the command `coterie` in it
#   make demo    three completions of a real file, explained
#   make test    everything that can be proven, editors included
#   make lint    ruff and mypy alone
#   make bench   the measurements of docs/measurements.md
# PYTHON=python3.12 chooses an interpreter; CMAKE_ARGS=-DGGML_CUDA=on builds llama.cpp for a GPU.

.DELETE_ON_ERROR:
.PHONY: setup demo test lint bench clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
HOLES := docs/demo/holes.txt
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

demo: setup
	@while read -r hole; do \
	    echo; echo "\$$ coterie explain $$hole"; \
	    $(BIN)/coterie explain "$$hole" </dev/null || exit 1; \
	done <$(HOLES)

test: .venv/.dev .tools/vocabularies/.ready .tools/neovim/nvim
	$(BIN)/python -m pytest $(TESTS)

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
