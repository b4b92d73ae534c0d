#!/bin/sh
# Inside a rehearsal host that serves media, before it first boots.
set -eu
/bin/sh /usr/local/sbin/old-certificate media.example.org '*.media.example.org'
