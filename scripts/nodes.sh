# shellcheck shell=bash disable=SC2034 # the variables are for the scripts that source it
# The nodes of a cluster, as the files under its directory describe them. Sourced by ../cluster and ../lab.
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cluster=${CLUSTER_DIRECTORY:-$project/target/cluster}
case $cluster in /*) ;; *) cluster=$PWD/$cluster ;; esac
runtime=$project/target/liberty/wlp
war=$runtime/usr/servers/replicated-log/apps/replicated-log.war

die() { echo "${0##*/}: $*" >&2; exit 1; }
# For a command line that is not understood.
refuse() { echo "${0##*/}: $*; ./${0##*/} help shows the commands" >&2; exit 2; }

recall() {
  [ -f "$cluster/settings" ] || die "there is no cluster here; ./cluster up makes one"
  secondaries=$(sed -n 's/^secondaries=//p' "$cluster/settings")
  base_port=$(sed -n 's/^base_port=//p' "$cluster/settings")
}

nodes() {
  local i
  for ((i = 1; i <= secondaries + 1; i++)); do echo "node$i"; done
}

# pid_of NODE: its process id while it runs, else nothing. Another process with a recycled id does not count.
pid_of() {
  local pid
  pid=$(cat "$cluster/$1/pid" 2>/dev/null) || return 0
  case $(ps -ww -p "$pid" -o args= 2>/dev/null) in
    *"$runtime/bin/"*replicated-log*) echo "$pid" ;;
  esac
}

# Refuses while a node of this checkout runs: a build or a wipe changes its files, and a measurement would include it.
require_down() {
  [ -f "$cluster/settings" ] || return 0
  recall
  local node
  for node in $(nodes); do [ -z "$(pid_of "$node")" ] || die "$node is running; ./cluster down first"; done
}
