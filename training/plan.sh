#!/bin/sh
# What a CPU trains when nobody is watching, one run after the other. Each line does nothing if
# it is already done and goes on where it stopped otherwise, so the whole may be started anew at
# any time. A run that was asked to stop ends the plan (exit 75).
set -eu
python=${PYTHON:-python3}
train() { "$python" -m training.train "$@" --threads 2; }
train cpu-small
train cpu-small --decay 25000000
train cpu-large
train cpu-large --decay 40000000
