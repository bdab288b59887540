# Sample images. Sourced, not run.
# shellcheck shell=bash
images_prepare() { :; }
image_on_demand() { :; }
