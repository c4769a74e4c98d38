#!/bin/sh
# Starts a training run that yields the processor to everything else and outlives this shell:
#     sh training/background.sh RUN [--decay TOKENS]
# Set PYTHON to the interpreter that has requirements.txt installed. The same command resumes.
set -eu
cd "$(dirname "$0")/.."
run=$1
folder=${COTERIE_TRAINING:-$HOME/coterie-training}
mkdir -p "$folder/runs/$run"
# Waiting threads must sleep: a spinning one would burn the time slice that others need.
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 COTERIE_TRAINING="$folder"
setsid nohup nice -n 19 ionice -c3 "${PYTHON:-python3}" -m training.train "$@" --threads 2 \
    >>"$folder/runs/$run/output.log" 2>&1 </dev/null &
echo "$!" >"$folder/runs/$run/pid"
echo "started $run: pid $(cat "$folder/runs/$run/pid"), log $folder/runs/$run/log.jsonl"
