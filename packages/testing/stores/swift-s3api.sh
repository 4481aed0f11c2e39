#!/usr/bin/env bash
# OpenStack Swift with its S3 interface (account, container, object and proxy server) on loopback, in the foreground; see
# supervise.sh for its life. A real store that answers 501 to conditional writes.
# usage: swift-s3api.sh RUN_DIR PROXY_PORT ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT SECRET_KEY     (the access key is test:tester)
set -euo pipefail
RUN_DIR=$1 PROXY_PORT=$2 ACCOUNT_PORT=$3 CONTAINER_PORT=$4 OBJECT_PORT=$5 SECRET_KEY=$6
front=proxy
mkdir -p "$RUN_DIR"/{etc,srv/d1,cache,log}
# shellcheck source=supervise.sh
source "$(dirname "${BASH_SOURCE[0]}")/supervise.sh"
cd "$RUN_DIR/etc"
USER_NAME=$(id -un)
export SWIFT_DIR=$RUN_DIR/etc

cat >swift.conf <<CONF
[swift-hash]
swift_hash_path_suffix = velocity
swift_hash_path_prefix = velocity
[storage-policy:0]
name = Policy-0
default = yes
[swift-constraints]
max_file_size = 5368709122
CONF

# `workers = 0` keeps each server one process: what SIGKILL hits is all there is. A port that is taken stays taken, so
# there is nothing to wait 30 seconds for (`bind_timeout`).
server_conf() { # NAME PORT
  cat >"$1-server.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $2
user = $USER_NAME
swift_dir = $RUN_DIR/etc
devices = $RUN_DIR/srv
mount_check = false
workers = 0
bind_timeout = 1
log_level = WARNING
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
recon_cache_path = $RUN_DIR/cache
CONF
}
server_conf account "$ACCOUNT_PORT"
server_conf container "$CONTAINER_PORT"
server_conf object "$OBJECT_PORT"

# No memcached: port 1 refuses, and Swift does without. `symlink` must stand before `versioned_writes`.
cat >proxy-server.conf <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $PROXY_PORT
user = $USER_NAME
swift_dir = $RUN_DIR/etc
workers = 0
bind_timeout = 1
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth slo dlo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = $SECRET_KEY .admin .reseller_admin
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:symlink]
use = egg:swift#symlink
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
CONF

# One process instead of nine calls of swift-ring-builder, half a second each.
/usr/bin/python3 - "account:$ACCOUNT_PORT" "container:$CONTAINER_PORT" "object:$OBJECT_PORT" >"$RUN_DIR/log/rings.out" 2>&1 <<'PYTHON'
import sys
from swift.common.ring import RingBuilder
for argument in sys.argv[1:]:
    name, port = argument.split(':')
    builder = RingBuilder(2, 1, 0)
    builder.add_dev(dict(region=1, zone=1, ip='127.0.0.1', port=int(port), device='d1', weight=1,
                         replication_ip='127.0.0.1', replication_port=int(port), meta=''))
    builder.rebalance()
    builder.get_ring().save(name + '.ring.gz')
PYTHON

start_front() {
  launch proxy swift-proxy-server "$RUN_DIR/etc/proxy-server.conf"
  until_true 600 answers
}
answers() {
  is_alive proxy
  curl -fs -o "$RUN_DIR/log/probe" -m 2 "http://127.0.0.1:$PROXY_PORT/healthcheck"
}
back_answers() { # NAME PORT
  is_alive "$1"
  curl -s -o "$RUN_DIR/log/probe" -m 2 "http://127.0.0.1:$2/"
}
for name in account container object; do
  launch "$name" "swift-$name-server" "$RUN_DIR/etc/$name-server.conf"
done
start_front
until_true 600 back_answers account "$ACCOUNT_PORT"
until_true 600 back_answers container "$CONTAINER_PORT"
until_true 600 back_answers object "$OBJECT_PORT"
serve
