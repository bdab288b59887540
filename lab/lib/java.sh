# The lab's own Java programs. Sourced, not run.
# shellcheck shell=bash

# Of the copy made at `lab up`, so that a build does not pull the jars from under them.
lab_jars() { printf '%s/lab/*\n' "$LAB_STATE/dist/$(dirname "$(readlink "$LAB_STATE/dist/lib")")"; }
