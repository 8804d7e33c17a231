# Lambda cannot write bytecode below /opt and would compile every module at every cold start: a bundle brings its own,
# where the host has a Python of the functions' version to make it: on the path, uv's, or pyenv's even if it is not
# chosen here. Without it imports take more than three times as long. Hashes instead of times: zip keeps no exact times.

ROOT := $(dir $(lastword $(MAKEFILE_LIST)))..
UV ?= $(ROOT)/.venv/bin/uv
PYENV_ROOT ?= $(HOME)/.pyenv
PYTHON313 ?= $(or $(shell $(UV) python find --no-python-downloads 3.13 2>/dev/null), \
	$(lastword $(wildcard $(PYENV_ROOT)/versions/3.13.*/bin/python3.13)))

define add_bytecode
$(if $(PYTHON313),$(PYTHON313) -m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p $(1) \
	"$(ARTIFACTS_DIR)",@echo "No Python 3.13 here: the bundle goes without bytecode, and cold starts take longer.")
endef
