#!/bin/sh
# Inside a rehearsal host, before it first boots: the user of the service, and the owner of its file.
set -eu
id mastodon >/dev/null 2>&1 || useradd --create-home --shell /bin/bash mastodon
chown -R mastodon:mastodon /home/mastodon
chmod 0640 /home/mastodon/live/.env.production
chmod 0755 /usr/local/bin/mastodon-stand-in
