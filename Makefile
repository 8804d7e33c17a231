# The commands of the README. Everything that they need they set up themselves, once: see "setup".
PORT ?= 3000
STATE ?= .local
STACK ?= visage
# Parameters of template.yaml for the local stack: make run PARAMETERS="SuccessCode=200 PrivateAddresses=127.0.0.1"
PARAMETERS ?=
# A guided deployment keeps its answers in samconfig.toml; a later one builds for the same processor.
ANSWERS := $(shell grep -s parameter_overrides samconfig.toml)
ARCH ?= $(if $(findstring arm64,$(ANSWERS)),arm64,x86_64)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
MODELS := .build/models
SAM := .venv-sam/bin/sam
# Folders that share a stack or a browser stay in one worker; the others are dealt out one test at a time.
WORKERS ?= auto
# Each worker computes on one processor: two threads each would wait for each other.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS)
TOOLS := .venv-sam/.ready .venv-checkov/.ready
export SAM_CLI_TELEMETRY := 0
export ORT_DISABLE_TELEMETRY := 1
# For what uses the face pipeline alone: models, and nothing of a deployment.
# OpenBLAS sums in another order on several threads, and the trained files are pinned by their bytes.
PIPELINE := OPENBLAS_NUM_THREADS=1 VISAGE_MODELS=$(MODELS) \
	VISAGE_TABLE=- VISAGE_UPLOAD_BUCKET=- VISAGE_CLIENT_PATH=-

.PHONY: run demo check test test-accuracy test-console bench bench-check peers accuracy openapi screenshots torture test-dynamodb audit \
	train train-attributes measure-attributes train-liveness accuracy-liveness build deploy setup lock
.DEFAULT_GOAL := run

run: setup .build/portraits/obama.jpg
	@exec $(BIN)/python -m local serve --port "$(PORT)" --state "$(STATE)" $(PARAMETERS:%=--parameter %)

demo: setup .build/portraits/obama.jpg
	@$(BIN)/python -m demo

# Lint and unit tests but for the slow ones: for before each commit.
check: setup
	@$(BIN)/ruff check --quiet .
	@$(PYTEST) -m "not slow" tests/unit

# Everything but error rates, or what TESTS names (any arguments of pytest).
test: setup $(TOOLS)
	$(PYTEST) --durations 10 $(or $(TESTS),--ignore tests/accuracy)

# The console in a browser, one test after the other: two browsers are too much for two cores. Chromium is Debian's
# (apt-get install chromium) or, where there is none, npm's.
test-console: setup $(VENV)/.browser
	CONSOLE_IN_BROWSER=1 $(BIN)/python -m pytest tests/console

# Error rates of the face pipeline, on development images; these tests skip where the images are absent.
test-accuracy: setup
	$(PYTEST) --durations 10 tests/accuracy

# What things take, as ratios: five minutes on two quiet cores. make bench [PART=search]
bench: setup
	@$(BIN)/python -m bench $(PART)

# Fails where the last run's ratios are more than 15 % worse than bench/committed.json.
bench-check: setup
	@$(BIN)/python -m bench.check

# What comparisons are compared with: face_recognition with dlib, and Human in Node. See `python -m bench.peers --help`.
peers: .venv-peers/.ready .venv-peers/node/.ready

# On your own photos: make accuracy FOLDER=photos [PAIRS=pairs.csv] [OUT=folder], or, for the attributes,
# make accuracy FOLDER=photos LABELS=labels.csv [OUT=folder], or, for recaptured photos,
# make accuracy FOLDER=photos LIVENESS=labels.csv [BPCER=percent] [OUT=folder]. LFW names the person in the middle.
DATA := ../shared/data
LFW := $(DATA)/lfw_dev
HELD_BACK := .build/accuracy/held_back.csv
LIVENESS_HELD_BACK := .build/accuracy/held_back_liveness.csv
INTO = $(if $(OUT),--out "$(OUT)")
ifdef LABELS
ACCURACY = -m evaluation.attributes "$(FOLDER)" --labels "$(LABELS)" $(INTO)
else ifdef LIVENESS
ACCURACY = -m evaluation.liveness "$(FOLDER)" --labels "$(LIVENESS)" $(if $(BPCER),--bpcer "$(BPCER)") $(INTO)
else ifdef FOLDER
ACCURACY = -m evaluation "$(FOLDER)" $(if $(PAIRS),--pairs "$(PAIRS)") $(INTO)
else ifneq ($(wildcard $(LFW)),)
ACCURACY = -m evaluation $(LFW) --pairs $(LFW)/pairs.csv --face central $(INTO)
ATTRIBUTES = -m evaluation.attributes $(DATA) --labels $(HELD_BACK) $(if $(OUT),--out "$(OUT)/attributes")
RECAPTURE = -m evaluation.liveness $(DATA) --labels $(LIVENESS_HELD_BACK) $(if $(OUT),--out "$(OUT)/liveness")
endif

ifdef ACCURACY
accuracy: setup
	@$(PIPELINE) $(BIN)/python $(ACCURACY)
ifdef ATTRIBUTES
	@$(PIPELINE) $(BIN)/python -m training.attributes.held_back $(HELD_BACK)
	@$(PIPELINE) $(BIN)/python $(ATTRIBUTES)
	@$(PIPELINE) $(BIN)/python -m training.liveness.held_back $(LIVENESS_HELD_BACK)
	@$(PIPELINE) $(BIN)/python $(RECAPTURE)
endif
else
accuracy:
	@echo "Say where your photos are, one folder for each person: make accuracy FOLDER=photos" >&2; exit 1
endif

# Needs the development images; see training/README.md.
train: setup
	$(PIPELINE) $(BIN)/python -m training.quantizer
	$(PIPELINE) $(BIN)/python -m training.calibration
	$(PIPELINE) $(BIN)/python -m training.quality
	$(PIPELINE) $(BIN)/python -m training.detection

# An hour on two cores; torch lives in an environment of its own. First the whole network, then its last layer again.
TEACH = $(PIPELINE) PYTHONPATH=.:layers/visage/python:layers/models .venv-train/bin/python
train-attributes: setup .venv-train/.ready
	$(TEACH) -m training.attributes
	$(TEACH) -m training.attributes.further --last

# The attributes on people, sets and objects left out in turn, in three splits; writes nothing.
measure-attributes: setup .venv-train/.ready
	@$(TEACH) -m training.attributes.further --measure --first layers/models/trained/attributes.onnx

train-liveness: setup .venv-train/.ready
	$(TEACH) -m training.liveness
	$(TEACH) -m training.liveness.pupil

# Recaptured photos of sources that no network has learnt from; teaches the networks for it, once.
accuracy-liveness: setup .venv-train/.ready
	@$(TEACH) -m training.liveness.across

# The API's description for clients and tools, made of the code: docs/openapi.yaml.
openapi: setup
	@$(PIPELINE) $(BIN)/python -m openapi
	@$(PIPELINE) $(BIN)/python -m catalogue

# Pictures of the console, in docs/console. Needs Chromium.
screenshots: setup $(VENV)/.browser
	@$(BIN)/python -m tests.console.screenshots

# What must not happen, tried: under 15 minutes on two cores, figures into docs/reliability.md; an hour by TORTURE=long.
# make torture [SEED=number] [PART=requests]
torture: setup
	@$(PIPELINE) $(BIN)/python -m torture $(if $(SEED),--seed $(SEED)) $(if $(PART),--part $(PART))

# Amazon's own DynamoDB in place of moto's, for what depends on it; needs Java and Maven, and skips without.
test-dynamodb: setup
	@$(BIN)/python -m tests.support.dynamodb $(TESTS)

build: setup .venv-sam/.ready
	ARCH=$(ARCH) $(SAM) build --parameter-overrides Architecture=$(ARCH)
	@$(BIN)/python layers/inventory.py .aws-sam/build .build/inventory

# Known faults of what is shipped and of what builds it. Asks PyPI for its advisories, and says so where it cannot.
audit: $(VENV)/.ready
	@$(BIN)/python requirements/audit.py $(UV)

deploy: build
	$(SAM) deploy --guided --stack-name $(STACK) --capabilities CAPABILITY_IAM $(if $(TAGS),--tags $(TAGS)) \
		$(if $(ANSWERS),,--parameter-overrides Architecture=$(ARCH))

# --- set-up: each step leaves a stamp, so that a second run does nothing ----------------------------------------------

.build/portraits/obama.jpg: | setup
	@$(BIN)/python -m demo.portraits .build/portraits

setup: $(VENV)/.ready
	@$(BIN)/python layers/models/build.py --output $(MODELS)
	@$(BIN)/python -m console

$(VENV)/.ready: requirements/uv.txt requirements/build.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Visage needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	@echo "set-up, once: Python packages into $(VENV) (about 700 MB), then networks (50 MB), the console, photos to try"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip install $$([ -t 2 ] || echo --quiet) --python $(BIN)/python --require-hashes \
		--build-constraints requirements/build.txt -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# What drives a browser; the browser itself is the machine's.
$(VENV)/.browser: requirements/browser.txt $(VENV)/.ready
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/browser.txt
	@touch $@

# aws-sam-cli and checkov pin versions that the project does not share: each has an environment of its own.
.venv-%/.ready: requirements/%.txt requirements/build.txt $(VENV)/.ready
	@echo "setting up .venv-$*"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-$*
	@$(UV) pip install --quiet --python .venv-$*/bin/python --require-hashes $(if $(filter peers,$*),--no-deps) \
		--build-constraints requirements/build.txt -r requirements/$*.txt
	@touch $@

.venv-peers/node/.ready: requirements/peers/package-lock.json .venv-peers/.ready
	@mkdir -p $(@D) && cp requirements/peers/package.json requirements/peers/package-lock.json $(@D)
	@npm ci --silent --no-audit --no-fund --prefix $(@D)
	@touch $@

# --- requirements/*.in → *.txt, with hashes ---------------------------------------------------------------------------

COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --custom-compile-command 'make lock'

lock: $(VENV)/.ready
	for name in uv build dev sam checkov train; do \
		$(COMPILE) --python-version 3.11 requirements/$$name.in --output-file requirements/$$name.txt; done
	$(COMPILE) --python-version 3.11 --constraints requirements/dev.txt requirements/browser.in \
		--output-file requirements/browser.txt
	$(COMPILE) --python-version 3.11 --override requirements/peers.override requirements/peers.in \
		--output-file requirements/peers.txt
	$(COMPILE) --python-version 3.13 --constraints requirements/dev.txt requirements/runtime.in \
		--output-file requirements/runtime.txt
