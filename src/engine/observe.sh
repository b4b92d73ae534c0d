# shellcheck shell=sh
# What a look at a host runs, once, for all probes of all actions (see observe.rs): read-only, and batched, so that no
# number of probes starts a process for each fact. Lines of ours begin with the marker; other lines belong to the
# section that the last such line opened.

tell() { printf '%s %s\n' "${marker:?}" "$*"; }

base64_line() {
    base64 -w 0
    echo
}

newline='
'

# missing KIND NUMBER PATH: says so of what is not there, as far as this log-in can tell.
missing() {
    case $(stat -- "$3" 2>&1) in
        *'ermission denied'*) tell "$1 $2 unknown this log-in may not look there" ;;
        *) tell "$1 $2 absent" ;;
    esac
}

# file NUMBER PATH content|digest
file() {
    resolved=$(readlink -f -- "$2") || resolved=$2
    if [ ! -e "$resolved" ]; then
        missing file "$1" "$resolved"
        return 0
    fi
    case $resolved in
        *"$newline"*)
            tell "file $1 unknown its real path has a line break in it"
            return 0
            ;;
    esac
    stat=$(TZ=UTC0 stat -c '%s %a %U:%G %u:%g %y %z %F' -- "$resolved" 2>&1) || {
        tell "file $1 unknown $stat"
        return 0
    }
    tell "resolved $1 $resolved"
    tell "file $1 known ${stat#* }"
    [ -f "$resolved" ] || return 0
    if [ ! -r "$resolved" ]; then
        tell "file $1 unknown this log-in may not read it"
    elif [ "$3" = digest ]; then
        digest=$({ printf '%s' "${salt?}" && cat -- "$resolved"; } | sha256sum)
        tell "digest $1 ${digest%% *}"
    elif [ "${stat%% *}" -gt 8388608 ]; then
        tell "file $1 unknown it is larger than 8 MiB"
    else
        tell "content $1"
        base64_line <"$resolved"
    fi
}

# link NUMBER PATH
link() {
    if [ -L "$2" ]; then
        target=$(readlink -- "$2")
        case $target in
            *"$newline"*) tell "link $1 unknown its text has a line break in it" ;;
            *) tell "link $1 link $target" ;;
        esac
    elif [ -e "$2" ]; then
        tell "link $1 other"
    else
        missing link "$1" "$2"
    fi
}

# directory NUMBER PATH: no process but the one for base64, however much it holds.
directory() {
    if [ ! -e "$2" ]; then
        missing directory "$1" "$2"
    elif [ ! -d "$2" ]; then
        tell "directory $1 unknown it is no directory"
    elif [ ! -r "$2" ] || [ ! -x "$2" ]; then
        tell "directory $1 unknown this log-in may not look there"
    else
        tell "directory $1 known"
        for entry in "$2"/* "$2"/.[!.]* "$2"/..?*; do
            # A pattern without a match stands for itself.
            if [ -e "$entry" ] || [ -L "$entry" ]; then printf '%s\0' "${entry##*/}"; fi
        done | base64_line
    fi
}

# script NUMBER: the probe's own text is the function script_NUMBER.
script() {
    output=$("script_$1" 2>&1 </dev/null) && status=0 || status=$?
    tell "script $1 $status"
    printf '%s' "$output" | base64_line
}

# Of all units that were asked for, in one call; the transaction's own unit tells who holds the host.
units() {
    # Where nothing is asked and nothing runs, even that call is too much.
    [ "$#" -gt 0 ] || [ -e /run/systemd/transient/fleet-transaction.service ] || return 1
    shown=$(systemctl show -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p CanReload -p NRestarts \
        -p MainPID -p StateChangeTimestampMonotonic -p ControlGroup -p Description -- fleet-transaction.service "$@" 2>&1) || {
        tell "units unknown $(printf '%s' "$shown" | head -n 1)"
        return 1
    }
    tell units
    printf '%s\n' "$shown"
}

# members UNIT GROUP: the processes in a unit's control group and those right below it.
members() {
    [ -n "$2" ] && wants_environment "$1" || return 0
    for mount in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
        [ -e "$mount$2/cgroup.procs" ] || continue
        for list in "$mount$2/cgroup.procs" "$mount$2"/*/cgroup.procs; do
            [ -e "$list" ] || continue
            while read -r pid; do
                tell "process $pid $1"
                stats="$stats /proc/$pid/stat"
                [ ! -r "/proc/$pid/environ" ] || environments="$environments /proc/$pid/environ"
            done <"$list"
        done
        return 0
    done
}

# processes PATTERNS: of those units whose environment was asked for; one read of all start times, and one search
# through all environments.
processes() {
    stats=
    environments=
    unit=
    group=
    while IFS= read -r line; do
        case $line in
            Id=*) unit=${line#Id=} ;;
            ControlGroup=*) group=${line#ControlGroup=} ;;
            '') members "$unit" "$group" ;;
        esac
    done <<SHOWN
$shown

SHOWN
    [ -n "$stats" ] || return 0
    tell stats
    # shellcheck disable=SC2086 # a list of words
    cat $stats 2>/dev/null
    [ -n "$environments" ] || return 0
    tell environments
    # shellcheck disable=SC2086 # a list of words
    grep -z -a -H -e "$1" $environments 2>/dev/null | base64_line
}

# keys_of PATH: a pattern for each key in an env file.
keys_of() {
    [ ! -r "$1" ] || sed -n -e 's/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}\([A-Za-z0-9_]\{1,\}\)[[:space:]]*=.*/^\2=/p' -- "$1"
}

# What fleet itself left here, how often its locks were taken, and the outcomes of the runs that were asked after.
own_runs() {
    [ ! -L /var/lib/fleet/active ] || tell "unfinished $(readlink /var/lib/fleet/active)"
    for turns in /var/lib/fleet/locks/*; do
        [ ! -r "$turns" ] || { read -r turn name <"$turns" && tell "turn $turn $name"; }
    done
    for asked; do
        if [ -r "/var/lib/fleet/runs/$asked/outcome" ]; then
            tell "outcome $asked $(cat "/var/lib/fleet/runs/$asked/outcome")"
        elif [ -r /var/lib/fleet/journal ]; then
            # The run's own directory is gone, as that of every old run; the journal keeps more.
            told=$(grep -F -e "\"run\":\"$asked\"" /var/lib/fleet/journal | tail -n 1 |
                sed -n -e 's/.*"outcome":"\([a-z-]*\)","reason":"\(.*\)"}$/\1 \2/p')
            [ -z "$told" ] || tell "outcome $asked $told"
        fi
    done
}

# fleet_observe END
fleet_observe() {
    [ "$1" = end ] || exit 1
    LC_ALL=C
    export LC_ALL
    tell "clock $(date +%s.%N)"
    read -r up _ </proc/uptime
    # Start times are in clock ticks: 100 a second for user space, whatever the kernel's own (time(7), USER_HZ).
    tell "uptime $up 100"
    probes
    tell "done"
}
