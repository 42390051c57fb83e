#!/bin/bash
# Makes a Debian machine a host of Muon, from the release that this script lies in. Safe to run again.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# Run again by hand, without what user data says, it must not forget it.
: "${MUON_ROLE:?}" "${MUON_NODES:?}"

packages=(haproxy coturn procps)
drachtio=$here/../../bin/drachtio
if [ "$MUON_ROLE" = sip ] && [ -x "$drachtio" ]; then
  packages+=(libboost-filesystem1.74.0 libboost-log1.74.0 libboost-thread1.74.0 libcurl4 libhiredis0.14 libjansson4
    libprometheus-cpp-core1.0 libprometheus-cpp-pull1.0 libssl3)
fi
apt-get install -y -qq --no-install-recommends "${packages[@]}"
# Muon runs them under units of its own.
systemctl disable --now haproxy.service coturn.service

id muon >/dev/null 2>&1 || useradd --system --home-dir /var/lib/muon --create-home --shell /usr/sbin/nologin muon
id drachtio >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin drachtio
install -d -m 755 /etc/muon
# What user data says, for every later start of the machine; whole or not at all.
(umask 077 && env | grep '^MUON_' >/etc/muon/boot.env.new)
mv /etc/muon/boot.env.new /etc/muon/boot.env

install -m 644 "$here"/systemd/* /etc/systemd/system/
[ -x "$drachtio" ] || rm /etc/systemd/system/muon-drachtio.service
install -D -m 644 "$here/journald.conf" /etc/systemd/journald.conf.d/muon.conf
install -D -m 644 "$here/sysctl.conf" /etc/sysctl.d/90-muon.conf
sysctl --quiet --system || echo 'The kernel keeps its own buffer sizes.' >&2
systemctl daemon-reload
if [ "$MUON_ROLE" = media ]; then
  for core in $(seq 0 $((MUON_NODES - 1))); do systemctl enable "muon-node@$core.service"; done
fi
systemctl enable --now "muon-$MUON_ROLE.target"
