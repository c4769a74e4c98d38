#!/bin/sh
# Starts training that yields the processor to everything else and outlives this shell:
#     sh training/background.sh RUN [--decay TOKENS]     one run
#     sh training/background.sh plan                     plan.sh: everything, one after the other
# Set PYTHON to the interpreter that has requirements.txt installed. The same command resumes;
#     kill -TERM -- "-$(cat ~/coterie-training/pid)"
# stops it with a checkpoint.
set -eu
cd "$(dirname "$0")/.."
folder=${COTERIE_TRAINING:-$HOME/coterie-training}
mkdir -p "$folder"
# Waiting threads must sleep: a spinning one would burn the time slice that others need.
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 COTERIE_TRAINING="$folder"
export PYTHON="${PYTHON:-python3}"
if [ "$1" = plan ]; then
    set -- sh training/plan.sh
else
    set -- "$PYTHON" -m training.train "$@" --threads 2
fi
setsid nohup nice -n 19 ionice -c3 "$@" >>"$folder/output.log" 2>&1 </dev/null &
echo "$!" >"$folder/pid"
echo "started as process group $!; progress in $folder/runs/*/log.jsonl"
