#!/usr/bin/env bash
# tier: full
# A search as a Slurm array, by the command of the README, on a Slurm of one node that this test starts (as root).
. tests/lib.sh
if [ "$(id -u)" -ne 0 ]; then
    echo "ok - Slurm: skipped, it needs root to start its daemons"
    exit 0
fi
export PATH=$PWD/$BUILD:$PATH TOKENTCO=$PWD/$BUILD/tokentco
tree=$PWD readme=$PWD/README.md
started=()
stop() {
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    finish
}
trap stop EXIT

slurm=$TMP/slurm
mkdir -p "$slurm"/{munge,state,spool}
chmod 755 "$TMP" "$slurm"
# A port of its own for each daemon, away from a Slurm that may be there.
port=$((20000 + $$ % 20000))
cat >"$slurm/slurm.conf" <<CONF
ClusterName=tokentco
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
export SLURM_CONF=$slurm/slurm.conf
dd if=/dev/urandom of="$slurm/munge/key" bs=1024 count=1 2>/dev/null
chown -R munge "$slurm/munge"
chmod 700 "$slurm/munge"
chmod 400 "$slurm/munge/key"
chmod 711 "$slurm/munge"
setpriv --reuid munge --regid munge --clear-groups munged -F --key-file="$slurm/munge/key" --socket="$slurm/munge/socket" --pid-file="$slurm/munge/pid" \
    --seed-file="$slurm/munge/seed" >"$slurm/munge.out" 2>&1 &
started+=($!)
sleep 1
slurmctld -D -f "$SLURM_CONF" >"$slurm/ctld.out" 2>&1 &
started+=($!)
slurmd -D -f "$SLURM_CONF" >"$slurm/d.out" 2>&1 &
started+=($!)
for _ in $(seq 30); do
    sinfo -h -o %T 2>/dev/null | grep -q idle && break
    sleep 1
done
same "Slurm: one node is idle" idle "$(sinfo -h -o %T 2>&1)"

cd "$TMP" || exit 1
ln -s "$tree/scenarios" scenarios
command=$(sed -n 's/^\$ \(sbatch .*\)/\1/p' "$readme")
joins=$(grep -A1 -E '^\$ sbatch ' "$readme" | sed -n 's/^\$ \(tokentco search merge .*\)/\1/p')
has "the README has the sbatch command" "sbatch --array" "$command"
has "and the one that joins" "search merge" "$joins"
check "sbatch runs the array" bash -c "${command/sbatch /sbatch --wait }"
check "the parts join" bash -c "$joins"
tokentco search support-chat --as-of 2026-09-23 --json -o whole.json
same "parts of the Slurm array are the whole, byte for byte" "$(cat whole.json)" "$($joins --json)"
cd "$tree" || exit 1
