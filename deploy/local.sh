#!/usr/bin/env bash
# A whole fleet on this machine, on the simulator: the server of Restate, two workers, the API, and topologies to look at.
#
#   deploy/local.sh FOLDER [COUNT]
#
# FOLDER keeps the server of Restate and all that runs here; it is made if it is not there. COUNT is how many topologies are
# submitted: 100 unless it is given. Everything listens on the loopback address only, and ends with Ctrl-C.
#
# It needs: npm, python3, openssl, curl, and the programs `landbridge` and `landbridge-fleet` in PATH or in LANDBRIDGE_BIN.
set -euo pipefail

RESTATE=1.7.12
INGRESS=8080
ADMIN=9070
SIMULATOR=9180
WORKER=9081
WORKERS=2
API=8443

say() {
    printf '==> %s\n' "$*"
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}

[ $# -ge 1 ] || fail "invalid arguments: expected deploy/local.sh FOLDER [COUNT]"
count=${2:-100}
case $count in
'' | *[!0-9]*) fail "invalid COUNT \`$count\`: expected a number" ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
logs="$folder/logs"
mkdir -p "$logs" "$folder/topologies"
if [ -n "${LANDBRIDGE_BIN:-}" ]; then
    PATH="$LANDBRIDGE_BIN:$PATH"
fi
for program in npm python3 openssl curl landbridge landbridge-fleet; do
    command -v "$program" >/dev/null || fail "\`$program\` is not in PATH"
done

children=()
stop() {
    trap - EXIT INT TERM
    say "stopping"
    # What uses another one ends before it.
    for ((i = ${#children[@]} - 1; i >= 0; i--)); do
        kill "${children[i]}" 2>/dev/null || true
        wait "${children[i]}" 2>/dev/null || true
    done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND..: in the background, with a log of its own.
start() {
    local name=$1
    shift
    say "$name: $*"
    "$@" >"$logs/$name.out" 2>"$logs/$name.log" &
    children+=($!)
}

# keep NAME COMMAND..: the same, and again whenever it ends.
keep() {
    local name=$1
    shift
    say "$name: $*"
    (
        trap 'kill "$child" 2>/dev/null; wait "$child"; exit' INT TERM
        while :; do
            "$@" >>"$logs/$name.out" 2>>"$logs/$name.log" &
            child=$!
            wait "$child" || true
            say "$name has ended, and is started again"
            sleep 1
        done
    ) &
    children+=($!)
}

# answers NAME PORT: waits until something listens.
answers() {
    local tries=0
    until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || fail "$1 does not listen on port $2: see $logs/$1.log"
        sleep 0.1
    done
}

server="$folder/node_modules/.bin/restate-server"
if [ ! -x "$server" ]; then
    say "installing the server of Restate $RESTATE into $folder"
    npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund "@restatedev/restate-server@$RESTATE"
fi

cat >"$folder/restate.toml" <<TOML
bind-ip = "127.0.0.1"
disable-telemetry = true
log-filter = "warn"
# Balancers spread connections: many small ones keep all workers busy.
[worker.invoker]
http2-streams-per-connection-limit = 16
TOML
start restate env RESTATE_CONFIG="$folder/restate.toml" "$server" --base-dir "$folder/restate-data"
answers restate "$INGRESS"
answers restate "$ADMIN"

# The accounts that the topologies below name: a pair for each eight, because an account has ten VPCs in a region.
account() {
    printf '%d' $((1000000000000000 + $1))
}
pairs=$((count / 8 + 1))
{
    printf 'name: accounts\naccounts:\n'
    for ((n = 0; n < 2 * pairs; n++)); do
        printf '  - { name: a%d, cloud: aliyun, id: "%s" }\n' "$n" "$(account "$n")"
    done
} >"$folder/accounts.yaml"
start simulator landbridge simulator --listen "127.0.0.1:$SIMULATOR" --speed 60 --topology "$folder/accounts.yaml"
answers simulator "$SIMULATOR"
keys="$logs/simulator.out"
until [ -s "$keys" ]; do sleep 0.1; done

# Restate takes a second address for a second version: the workers share one.
for ((n = 1; n <= WORKERS; n++)); do
    keep "worker-$n" landbridge-fleet worker --listen "127.0.0.1:$WORKER" --share-port \
        --keys "$keys" --own-keys-for demo
done
answers worker-1 "$WORKER"
say "registering the workers"
landbridge-fleet register "http://127.0.0.1:$WORKER"

if [ ! -f "$folder/api.crt" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext "subjectAltName=IP:127.0.0.1" \
        -keyout "$folder/api.key" -out "$folder/api.crt" 2>"$logs/openssl.log"
    chmod 600 "$folder/api.key"
fi
if [ ! -f "$folder/demo.json" ]; then
    (umask 077 && landbridge-fleet api-key --json >"$folder/demo.json")
fi
of_key() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$folder/demo.json" "$1"
}
{
    printf 'tenants:\n  - name: demo\n    api-keys: [{ sha256: %s, for: this demo }]\n' "$(of_key sha256)"
    printf '    own-keys: true\n    limits: { topologies: %d }\n    accounts:\n      aliyun:\n' $((count + 10))
    for ((n = 0; n < 2 * pairs; n++)); do
        printf '        - "%s"\n' "$(account "$n")"
    done
} >"$folder/tenants.yaml"
start api landbridge-fleet api --listen "127.0.0.1:$API" --tenants "$folder/tenants.yaml" \
    --tls-cert "$folder/api.crt" --tls-key "$folder/api.key"
answers api "$API"

# A file, not an argument: arguments are seen by everyone on the machine.
(umask 077 && printf 'header = "authorization: Bearer %s"\n' "$(of_key key)" >"$folder/curl.conf")
api() {
    curl --silent --show-error --fail-with-body --cacert "$folder/api.crt" --config "$folder/curl.conf" "$@"
}

say "submitting $count topologies"
for ((n = 1; n <= count; n++)); do
    file="$folder/topologies/site-$n.yaml"
    pair=$((2 * ((n - 1) / 8)))
    cat >"$file" <<YAML
name: demo_site-$n
accounts:
  - { name: a, cloud: aliyun, id: "$(account "$pair")" }
  - { name: b, cloud: aliyun, id: "$(account $((pair + 1)))" }
networks:
  - { name: one, account: a, region: cn-hangzhou, range: 10.1.0.0/16,
      subnets: [{ name: s, zone: cn-hangzhou-h, range: 10.1.1.0/24 }] }
  - { name: two, account: b, region: cn-hangzhou, range: 10.2.0.0/16,
      subnets: [{ name: s, zone: cn-hangzhou-h, range: 10.2.1.0/24 }] }
interconnects:
  - { name: core, owner: a, model: mesh, members: [one, two] }
YAML
    api --output /dev/null --upload-file "$file" "https://127.0.0.1:$API/v1/topologies/site-$n"
done

say "the fleet runs. Logs are in $logs. Look at it with:"
printf '    curl --cacert %q --config %q https://127.0.0.1:%s/v1/summary\n' "$folder/api.crt" "$folder/curl.conf" "$API"
printf '    a browser at https://127.0.0.1:%s with the key in %q\n' "$API" "$folder/demo.json"
say "Ctrl-C stops everything"
# Ends when one of them ends.
wait -n "${children[@]}" || true
fail "a program has ended: see $logs"
