#!/bin/sh
# Inside a rehearsal host with workers, before it first boots: those that /etc/mastodon/workers names are to start.
set -eu
sed -n -e "s/^$(hostname) //p" /etc/mastodon/workers | while read -r kind count; do
    for instance in $(seq "$count"); do
        systemctl enable "mastodon-sidekiq-$kind@$instance.service"
    done
done
