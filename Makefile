# Only a shorter spelling of make.py. More arguments: make demo ARGS="photo.png"
PYTHON ?= python3
ARGS ?=

.PHONY: demo test check setup tools lock
demo test check setup tools lock:
	@"$(PYTHON)" make.py $@ $(ARGS)
