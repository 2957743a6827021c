# Every target is the command CI runs. `make demo` and `make test` need nothing before them but Python 3.11 or newer,
# its venv module and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: install demo test lint type answers accuracy model bench golden generated picture lock emulators clean

install: $(VENV)/.dev

# What the program needs to run, and no more.
$(VENV)/.run: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# The fictional cluster shipped with the program: how far it is, what would break, and why one of them would.
demo: $(VENV)/.run
	@echo '$$ unshim ask status --demo'; $(BIN)/python -m bot ask status --demo
	@echo; echo '$$ unshim ask pods --demo'; $(BIN)/python -m bot ask pods --demo
	@echo; echo '$$ unshim ask explain monitoring/datadog-agent --demo'; $(BIN)/python -m bot ask explain monitoring/datadog-agent --demo

# Unit tests always; integration tests when KUBEBUILDER_ASSETS names a folder with kube-apiserver and etcd,
# those of PostgreSQL when its programs are installed. PYTEST_FLAGS=--require-cluster fails where they would be skipped.
test: install
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

# What nobody here wrote, to check the bot and its Slack simulator against: two emulators of Slack and Slack's types.
# Needs npm. The tests run when the variables of tests/emulators/conftest.py name them, as .ci/run does.
emulators:
	tests/emulators/install.sh .emulators

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

type: install
	$(BIN)/mypy

# Accuracy on the labelled questions, by kind and language; fails below 0.95. `make answers ANSWERS_FLAGS=-v` names each
# question that is not understood.
answers: install
	$(BIN)/python -m tests.answers.measure $(ANSWERS_FLAGS)

# Precision and recall on the labelled manifests of tests/corpus, by rule, beside the rules of two other detectors, and
# the same on the held-out set; fails where the first is below 0.98, in all or by a rule, or below 1.00 on the socket rules.
# `make accuracy ACCURACY_FLAGS=--report` only prints, ACCURACY_FLAGS=--held-out judges the held-out set alone.
accuracy: install
	$(BIN)/python -m tests.corpus.measure $(ACCURACY_FLAGS)

# Train the model that understands sentences: after a change of bot/data/faq, phrases or concepts.toml.
model: install
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-model.lock
	PYTHONHASHSEED=0 $(BIN)/python -m tests.answers.train

# The budgets, as ratios in one run, at 500 nodes and 15,000 pods; needs KUBEBUILDER_ASSETS. BENCH_FLAGS=--full is 5,000
# nodes and 150,000 pods with all comparisons, --short what CI runs, --tolerance 1.5 lets a small or busy machine pass;
# others: python -m tests.bench --help.
bench: install
	$(BIN)/python -m tests.bench $(BENCH_FLAGS)

# Rewrite the golden files; read the diff before you commit it.
golden: install
	$(BIN)/python -m pytest tests/unit --update-golden

# Everything that is made from code or data: .env.example and the demo cluster.
generated: install
	$(BIN)/python -m tests.generate

# The picture of the README, from the demo cluster's answers; needs Chromium and fonts, so CI does not make it. What to
# install stands in tests/picture.py.
picture: install
	$(BIN)/python -m tests.picture

lock: install
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --output-file requirements-dev.lock
	$(LOCK) --group model --output-file requirements-model.lock

clean:
	rm -rf $(VENV) .emulators .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
