#!/usr/bin/env bash
# One search in as many parts as the Slurm array has tasks:
#   sbatch --array=1-8 search-slurm.sh SCENARIO FOLDER [OPTION...]
# then: tokentco search merge FOLDER/part-*.json
# TOKENTCO names the program where it is not on the PATH.
#SBATCH --job-name=tokentco-search
#SBATCH --cpus-per-task=1
set -euo pipefail
scenario=$1 folder=$2
shift 2
mkdir -p "$folder"
exec "${TOKENTCO:-tokentco}" search "$scenario" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --threads "${SLURM_CPUS_PER_TASK:-1}" --json -o "$folder/part-$SLURM_ARRAY_TASK_ID.json" "$@"
