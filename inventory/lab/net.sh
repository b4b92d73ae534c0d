#!/bin/sh
# Inside a host of the rehearsal alone, before it first boots: they are made alike, and differ by their names.
set -eu
chown root:bind /etc/bind/fleet.key
chmod 0640 /etc/bind/fleet.key
if [ "$(hostname)" = ca ]; then
    # Who vouches for the web server of the certificate authority.
    umask 077
    cd /etc/pebble
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj '/CN=rehearsal: the server of the CA' \
        -addext 'basicConstraints = critical, CA:TRUE' -addext 'keyUsage = critical, keyCertSign' -keyout ca.key -out ca.pem 2>/dev/null
    chmod 0644 ca.pem
    systemctl enable pebble.service ca-resolver.service
    systemctl disable named.service
fi
