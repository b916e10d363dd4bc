# make demo, make test: each does everything from a fresh clone. No other step comes before them.
PYTHON ?= python3
BIN := .venv/bin
MUSIC := build/music
JOBS ?= --numprocesses=3 --dist=worksteal

.PHONY: demo test test-pi bench listen check venv clean environment music

# Only the environment first: the demo renders the music itself, while its pages are open already.
demo: environment
	@$(BIN)/python deploy/demo/run.py $(if $(SOUND),--sound=$(SOUND))

test: venv
	@sh deploy/packages.sh mosquitto chromium postgresql
	@$(BIN)/python -m pytest tests -m "not alone" $(JOBS)
	@$(BIN)/python -m pytest tests -m alone
	@$(BIN)/python -m pytest tests/ward tests/hostile --database=postgresql -m "not browser" $(JOBS)

# The installed box on a virtual Pi (docs/virtual-pi.md): Debian 12, root. TREE names another checkout to judge.
# SUITE=trixie: on Debian 13 with Python 3.13.
TREE ?= .
SUITE ?= bookworm
test-pi: venv
	@sh deploy/packages.sh mmdebstrap qemu-system-x86 qemu-utils e2fsprogs kmod cpio gcc make linux-headers-amd64
	@$(BIN)/python -m pytest tests/pi --tree=$(TREE) --suite=$(SUITE) $(if $(ONLY),-k "$(ONLY)") $(if $(MINUTES),--minutes=$(MINUTES)) $(if $(QUICK),-m "pi and quick" --presses=5 --cuts=1)

bench: venv
	@sh deploy/packages.sh mpd mpv
	@$(BIN)/python -m tests.benchmarks $(if $(ONLY),--only=$(ONLY))

listen: venv
	@$(BIN)/python -m tests.listening $(if $(MINUTES),--minutes=$(MINUTES)) $(if $(SEED),--seed=$(SEED)) $(if $(BOXES),--boxes=$(BOXES)) $(if $(WARD),--ward)

check: environment
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

venv: environment music

environment: .venv/made

.venv/made: pyproject.toml constraints.txt
	@sh deploy/packages.sh python3-venv libglib2.0-0
	@$(PYTHON) -c 'import sys; sys.exit("Nightingale needs Python 3.11 or newer; make PYTHON=python3.11 names another" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what Nightingale needs into .venv (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

music: environment
	@$(BIN)/python -m playlists.starter --to $(MUSIC)

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
