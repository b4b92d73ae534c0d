#!/bin/sh
# Inside a rehearsal host, before it first boots.
set -eu
for unit in /etc/systemd/system/mastodon-*.service; do
    systemctl enable "$(basename "$unit")"
done
