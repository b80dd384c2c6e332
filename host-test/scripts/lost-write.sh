#!/usr/bin/env bash
# The network path dies after the server has received a write: is the write sent a second time
# without a read, or called "not sent"?
#
# Each run has a network namespace of its own (`unshare -rn`, no privileges needed) with the AMP
# simulator on its loopback. The simulator carries the write out and never responds; as soon as it has
# the write, loopback is taken down. In the mode `back` it comes up again when the client has given
# the connection up, so that the state can be read; in the mode `down` it stays down.
#
# Every write runs with first-byte limits of 10, 60 and 300 seconds in both modes, all at once: about
# six minutes. Below 45 seconds the host's own limit ends the wait, above it the operating system's
# ETIMEDOUT does.
#
# Expected: one write in every run. `back`: Successful, read back; Create Group fails, since a group of
# that name is no proof. `down`, and Create Group: failed, and the change may have happened.
#
# Usage: host-test/scripts/lost-write.sh [LIMIT_SECONDS...]
# Needs: bash, unshare, ip, curl, jq; a built program (PROGRAM, default target/debug/host-test), which
# finds the component by itself or by SECURE_ENDPOINT_COMPONENT. Exit code 1 if any run is wrong.
set -euo pipefail

script=$(realpath "${BASH_SOURCE[0]}")
cd "$(dirname "$script")/../.."
program=${PROGRAM:-target/debug/host-test}

writes=(create-group set-file-list-by-hash delete-file-from-file-list-by-hash isolate-computer unisolate-computer)
hash=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

# The requests of a write, as in a fault plan.
rule() {
  case $1 in
    create-group) echo 'POST /v1/groups' ;;
    set-file-list-by-hash) echo 'POST /v1/file_lists/*/files/*' ;;
    delete-file-from-file-list-by-hash) echo 'DELETE /v1/file_lists/*/files/*' ;;
    isolate-computer) echo 'PUT /v1/computers/*/isolation' ;;
    unisolate-computer) echo 'DELETE /v1/computers/*/isolation' ;;
  esac
}

call() {
  "$program" run "$@" --connection "$connection" --format json
}

# A computer whose isolation is as the jq condition says.
computer() {
  call get-computers | jq -er "[.contextData[] | select(.isolation | $1) | .connector_guid][0]"
}

# Sets `input` to what the write is about, and prepares it where it must be there before.
prepare() {
  local list
  case $1 in
    create-group) input=(--name 'Field Office') ;;
    *-file-list-by-hash | *-file-from-file-list-by-hash)
      list=$(call get-block-list | jq -er '.contextData[0].guid')
      input=(--file-list-id "$list" --hash "$hash")
      if [ "$1" = delete-file-from-file-list-by-hash ]; then
        call set-file-list-by-hash "${input[@]}" >/dev/null
      fi
      ;;
    isolate-computer)
      input=(--connector-guids "$(computer '.available and .status == "not_isolated"')")
      ;;
    unisolate-computer) input=(--connector-guids "$(computer '.status == "isolated"')") ;;
  esac
}

# How many writes the simulator has received.
received() {
  curl -s "$url/_simulator/counts" | jq -r "[.requests | to_entries[] | select(.key | test(\"$1\")) | .value] | add // 0"
}

# Whether the client's connection to the server is still there.
is_connected() {
  local port
  port=$(printf '%04X' "${url##*:}")
  # The columns: number, local address, remote address, state (01 is established).
  awk -v port=":$port" '$3 ~ port && $4 == "01" { found = 1 } END { exit !found }' /proc/net/tcp
}

# One run, in its namespace: MODE COMMAND LIMIT_SECONDS.
inside() {
  local mode=$1 command=$2 limit=$3 pattern before code=0 sent output took
  directory=$(mktemp -d)
  trap 'kill "${simulator:-}" 2>/dev/null || true; rm -rf "$directory"' EXIT
  ip link set lo up
  : >"$directory/simulator"
  "$program" simulate --fault "$(rule "$command")#1=stalled-after" >"$directory/simulator" 2>&1 &
  simulator=$!
  until url=$(sed -n 's/^listening on //p' "$directory/simulator") && [ -n "$url" ]; do sleep 0.1; done
  connection=$directory/connection.toml
  cat >"$connection" <<TOML
server-url = "$url"
client-id = "0123456789abcdef0123"
api-key = "11111111-2222-4333-8444-555555555555"
first-byte-timeout-ms = $((limit * 1000))
call-timeout-ms = 600000
TOML
  prepare "$command"
  # The endpoint as the simulator counts it.
  pattern="^$(rule "$command" | sed 's/\*/[^ ]*/g')\$"
  before=$(received "$pattern")
  SECONDS=0
  call "$command" "${input[@]}" >"$directory/output" 2>/dev/null &
  local client=$!
  until [ "$(received "$pattern")" -gt "$before" ]; do sleep 0.1; done
  ip link set lo down
  while kill -0 "$client" 2>/dev/null && is_connected; do sleep 0.05; done
  took=$SECONDS
  if [ "$mode" = back ]; then ip link set lo up; fi
  wait "$client" || code=$?
  ip link set lo up
  sent=$(($(received "$pattern") - before))
  output=$(jq -r '[.returnData, if .errors == [] then .result.rows[0][-1]
    else .errors[0] | .kind, "mayHaveHappened=\(.mayHaveHappened // false)", .message end] | join(" | ")' "$directory/output")
  local verdict=ok
  [ "$sent" = 1 ] || verdict=WRONG
  case $mode-$command in
    back-create-group | down-*) [[ $code = 1 && $output = *mayHaveHappened=true* ]] || verdict=WRONG ;;
    *) [ "$code" = 0 ] || verdict=WRONG ;;
  esac
  for claim in 'not sent' 'did not send' 'not reached' 'No connection'; do
    [[ $output != *"$claim"* ]] || verdict=WRONG
  done
  printf '%s\t%s\t%ss\t%s\twrites=%s\tgave up after %ss\t%s\n' \
    "$verdict" "$mode" "$limit" "$command" "$sent" "$took" "$output"
  [ "$verdict" = ok ]
}

if [ "${1:-}" = --inside ]; then
  inside "$2" "$3" "$4"
  exit
fi

if ! unshare -rn true 2>/dev/null; then
  echo 'network namespaces are not available here (unshare -rn)' >&2
  exit 2
fi
limits=("$@")
[ ${#limits[@]} -gt 0 ] || limits=(10 60 300)
runs=()
for limit in "${limits[@]}"; do
  for mode in back down; do
    for command in "${writes[@]}"; do
      unshare -rn "$script" --inside "$mode" "$command" "$limit" &
      runs+=($!)
    done
  done
done
wrong=0
for run in "${runs[@]}"; do wait "$run" || wrong=$((wrong + 1)); done
echo "${#runs[@]} runs, $wrong wrong"
[ "$wrong" = 0 ]
