#!/usr/bin/env bash
# One Ceph monitor, one OSD in memory and one RADOS gateway on loopback, in the foreground; see supervise.sh for its life.
# usage: ceph-rgw.sh RUN_DIR RGW_PORT MONITOR_PORT ACCESS_KEY SECRET_KEY
set -euo pipefail
RUN_DIR=$1 RGW_PORT=$2 MONITOR_PORT=$3 ACCESS_KEY=$4 SECRET_KEY=$5
front=radosgw
mkdir -p "$RUN_DIR"/{mon,osd,log,run,rgw}
# shellcheck source=supervise.sh
source "$(dirname "${BASH_SOURCE[0]}")/supervise.sh"
cd "$RUN_DIR"

FSID=$(cat /proc/sys/kernel/random/uuid)
OSD_UUID=$(cat /proc/sys/kernel/random/uuid)
# The default is a relative path, which only some builds resolve.
for CLASS_DIR in /usr/lib/*/rados-classes /usr/lib/rados-classes /usr/lib64/rados-classes; do
  if [ -d "$CLASS_DIR" ]; then break; fi
done

# cephx stays on: without it radosgw 16.2 hangs at start. The paxos lines bring the start from 12 s to 1.3 s.
cat >ceph.conf <<CONF
[global]
fsid = $FSID
mon host = [v2:127.0.0.1:$MONITOR_PORT/0]
mon initial members = a
public network = 127.0.0.0/8
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail warn = 1
mon data avail crit = 1
auth allow insecure global id reclaim = false
log file = $RUN_DIR/log/\$name.log
admin socket = $RUN_DIR/run/\$name.asok
run dir = $RUN_DIR/run
pid file = $RUN_DIR/run/\$name.pid
keyring = $RUN_DIR/keyring
ms bind ipv6 = false
ms bind retry count = 1
ms bind retry delay = 1
paxos propose interval = 0.02
paxos min wait = 0.01
mon tick interval = 1
osd heartbeat interval = 2
[mon.a]
mon data = $RUN_DIR/mon
[osd.0]
osd data = $RUN_DIR/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd class load list = *
osd class default list = *
osd class dir = $CLASS_DIR
osd memory target = 939524096
[client]
rgw frontends = beast endpoint=127.0.0.1:$RGW_PORT tcp_nodelay=1
rgw enable usage log = false
rgw enable ops log = false
rgw thread pool size = 32
rgw data = $RUN_DIR/rgw
rgw verify ssl = false
CONF
export CEPH_CONF=$RUN_DIR/ceph.conf

start_front() {
  launch radosgw radosgw -f -n client.admin
  until_true 600 answers
}
answers() {
  is_alive radosgw
  curl -s -o log/probe -m 2 "http://127.0.0.1:$RGW_PORT/"
}
osd_is_up() {
  is_alive osd
  ceph osd stat 2>/dev/null | grep -q '1 up'
}
monitor_answers() {
  is_alive monitor
  ceph --connect-timeout 5 -s
}

{
  monmaptool --create --clobber --fsid "$FSID" --addv a "[v2:127.0.0.1:$MONITOR_PORT/0]" monmap
  ceph-authtool --create-keyring keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool keyring --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool keyring --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  ceph-mon --mkfs -i a --monmap monmap --keyring keyring
} >log/setup.out 2>&1
launch monitor ceph-mon -f -i a
until_true 400 monitor_answers
echo "$OSD_UUID" | ceph osd new "$OSD_UUID" >>log/setup.out 2>&1
ceph-osd -i 0 --mkfs --osd-uuid "$OSD_UUID" >>log/setup.out 2>&1
launch osd ceph-osd -f -i 0
until_true 400 osd_is_up
radosgw-admin user create --uid=velocity --display-name=velocity --access-key="$ACCESS_KEY" --secret-key="$SECRET_KEY" >log/user.out 2>&1
start_front
serve
