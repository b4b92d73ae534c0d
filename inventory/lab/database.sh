#!/bin/sh
# Inside the rehearsal host of the database, before it first boots: the application's user, its tables, and who may connect.
set -eu
secret() {
    sed -n -e "s/^$1=//p" /home/mastodon/live/.env.production
}

cd /etc/postgresql/15/main
echo 'host all all samenet scram-sha-256' >> pg_hba.conf
chown -R postgres:postgres conf.d
# The server alone, without a port: one statement a line.
as_server() {
    runuser -u postgres -- /usr/lib/postgresql/15/bin/postgres --single -j -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf "$1" > /dev/null
}
as_server postgres << END
CREATE ROLE mastodon LOGIN PASSWORD '$(secret DB_PASS)';

CREATE DATABASE mastodon_production OWNER mastodon;
END
as_server mastodon_production << END
CREATE TABLE done (number bigint NOT NULL, queue text NOT NULL, worker text NOT NULL, at timestamptz NOT NULL DEFAULT now());

CREATE TABLE two_schedulers (worker text NOT NULL, at timestamptz NOT NULL DEFAULT now());

ALTER TABLE done OWNER TO mastodon;

ALTER TABLE two_schedulers OWNER TO mastodon;
END

# Debian's own settings come first; the last word wins.
umask 027
{
    echo 'bind 0.0.0.0'
    echo "requirepass $(secret REDIS_PASSWORD)"
    echo 'save ""'
} > /etc/redis/rehearsal.conf
chgrp redis /etc/redis/rehearsal.conf
echo 'include /etc/redis/rehearsal.conf' >> /etc/redis/redis.conf
