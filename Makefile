# The verbs of `cargo xtask` for those who type make. No logic lives here: docs/reference/xtask.md describes them.
#
#     make compose WITH_ZLIB=0
#     make compose ARGS='--profile lean --dry-run'
#     make compose LINK_ZLIB=dynlink
#     make run ARGS="-- -c 'print(6 * 7)'"
#
# ARGS is passed on as it is. A WITH_<CAP>=0|1, LINK_<CAP>=MODE or <CAP>_COMPONENT_WASM=FILE on make's command line
# reaches xtask through the environment, to which make exports such variables.

XTASK = cargo xtask
ARGS =

VERBS = setup new gen vendor build compose dynlink run static-mp run-mp test list explain doctor clean bench completions

.DEFAULT_GOAL := help
.PHONY: help $(VERBS)

help:
	@$(XTASK) help
	@echo
	@echo "With make: make VERB ARGS='...', for example make compose WITH_ZLIB=0 ARGS=--dry-run"

$(VERBS):
	@$(XTASK) $@ $(ARGS)
