# shellcheck shell=sh
# What `fleet hosts check` runs on a host, once, as the log-in itself (see answer.rs): read-only, nothing for root.
# Lines of ours begin with the marker; other lines belong to the section that the last such line opened.

tell() { printf '%s %s\n' "${marker:?}" "$*"; }

# bounded SECONDS COMMAND…: a name service or a file system that hangs must not hold back the rest.
bounded() {
    seconds=$1
    shift
    if [ -n "$has_timeout" ]; then
        timeout "$seconds" "$@"
    else
        "$@"
    fi
}

now() {
    read -r uptime _ </proc/uptime
    printf '%s' "$uptime"
}

# From the start of the log-in shell, which became this sh and kept its number, until it came to our script. The name in
# parentheses may hold anything: fields count from behind it.
login_start() {
    read -r stat </proc/self/stat || return 0
    # shellcheck disable=SC2086 # fields
    set -- ${stat##*) }
    tell "started ${20} $(getconf CLK_TCK 2>/dev/null || echo 100) $1"
}

# need NAME COMMAND…: what the host-side executor and `fleet exec` rest on, each tried as it is used there.
need() {
    name=$1
    shift
    "$@" >/dev/null 2>&1 </dev/null || tell "missing $name"
}

has() { command -v "$1"; }
helps() { "$1" --help 2>&1 | grep -q -e "$2"; }
searches_null() { printf 'a\0b\0' | grep -z -q -e '^b'; }
encodes_on_one_line() { printf 'a' | base64 -w 0; }

needs() {
    need /bin/sh [ -x /bin/sh ]
    need systemd-run has systemd-run
    need systemctl has systemctl
    need systemd-cat has systemd-cat
    need setsid has setsid
    need 'base64 -w' encodes_on_one_line
    need sha256sum sha256sum /dev/null
    need 'stat -c' stat -c %a /
    need 'readlink -f' readlink -f /
    need timeout timeout 5 true
    need 'sync FILE' helps sync '[Ff]ile\|FILE'
    need 'mv -T' helps mv '[-]T'
    need 'grep -z' searches_null
}

# Runs just what each run of fleet starts with: another rule of sudoers may hold for another command.
become_root() {
    before=$(now)
    said=$(printf 'id -u\n' | bounded 30 sudo -n sh 2>&1)
    status=$?
    tell "sudo $status $before $(now)"
    printf '%s\n' "$said" | head -n 5
}

# fleet_health SUDO END
fleet_health() {
    [ "$2" = end ] || exit 1
    up=$(now)
    tell "up $up"
    login_start
    has_timeout=$(command -v timeout)
    tell "user $(id -u) $(id -un)"
    tell "shell ${SHELL:-}"
    tell "name $(uname -n)"
    tell "cpus $(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null)"
    tell "memory $(sed -n -e 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo)"
    for file in /etc/os-release /usr/lib/os-release; do
        [ -r "$file" ] || continue
        tell "os $(sed -n -e 's/^PRETTY_NAME=//p' "$file")"
        break
    done
    needs
    tell disks
    bounded 5 df -P -T -l 2>/dev/null || bounded 5 df -P -T 2>/dev/null
    if command -v getent >/dev/null; then
        before=$(now)
        bounded 3 getent hosts "$(uname -n)" >/dev/null 2>&1 </dev/null
        status=$?
        tell "own-name $status $before $(now)"
    fi
    if [ -d /run/systemd/system ]; then
        tell "systemd $(bounded 5 systemctl --version 2>/dev/null | head -n 1)"
        tell failed-units
        bounded 10 systemctl list-units --state=failed --plain --no-legend --no-pager --full 2>/dev/null </dev/null
    else
        tell no-systemd
    fi
    [ "$1" = no ] || become_root
    # Our end closes stdin as soon as it reads this: the way there and back, and nothing else.
    tell ready
    read -r _ || :
    tell pong
    tell "clock $(date +%s.%N)"
    tell 'done'
}
