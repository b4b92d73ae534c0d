# shellcheck shell=sh disable=SC2034,SC2154
# What the controller runs over SSH, behind launch.sh, to take a lock for a whole run, to renew it, and to give it back.
# The lock is a transient unit: a second one of its name does not start. It lives until it is stopped, or until nobody
# has renewed it for as long as the lease is. /run/fleet/locks/RUN.NUMBER has its script, and when it was renewed last, by
# the kernel's own clock; /var/lib/fleet/locks counts how often each lock was taken.
# From launch.sh: fleet_root, fleet_unit, tell, nap, is_held, holder.

turns=$fleet_root/locks

# hold_script: what the unit runs. Without leave to look it goes on to the end of the lease.
hold_script() {
    cat <<'HOLD'
# DIRECTORY SECONDS
hundredths() { read -r up _ </proc/uptime && printf '%s' "${up%.*}${up#*.}"; }
renewed=$(hundredths)
while [ "$(($(hundredths) - renewed))" -lt "$(($2 * 100))" ]; do
    sleep 0.5
    [ ! -r "$1/renewed" ] || read -r renewed <"$1/renewed"
done
rm -rf -- "$1"
HOLD
}

# note_renewal DIRECTORY
note_renewal() {
    read -r up _ </proc/uptime
    printf '%s\n' "${up%.*}${up#*.}" >"$1/renewed.new" && mv -T -f "$1/renewed.new" "$1/renewed"
}

start_lock() {
    # A run that was given up has its directory taken away.
    [ -e "$spool/hold" ] || return 1
    systemd-run --quiet --collect --unit="$fleet_unit" --description="$description" --service-type=exec \
        /bin/sh "$spool/hold" "$spool" "$lease" 2>"$spool/output" </dev/null
}

# The description begins with `fleet RUN:`.
is_ours() {
    case $(holder) in "${description%%:*}:"*) is_held ;; *) return 1 ;; esac
}

# give_back CODE WORDS…: what was begun goes, and why is told.
give_back() {
    ! is_ours || systemctl stop "$fleet_unit"
    rm -rf "$spool"
    tell "$@"
}

# turn_of FILE: how often the lock was taken; false where that can't be told.
turn_of() {
    turn=0
    [ ! -e "$1" ] || read -r turn _ <"$1" || return 1
    case $turn in '' | *[!0-9]*) return 1 ;; esac
}

# count FILE NAME: once more. Whole, or as it was: on the disk before the run changes anything.
count() {
    printf '%s %s\n' "$((turn + 1))" "$2" >"$turns/.new" && sync -- "$turns/.new" && mv -T -f "$turns/.new" "$1" &&
        sync -- "$turns"
}

# fleet_lock UNIT RUN.NUMBER FILE NAME TURN DESCRIPTION LEASE LOCK_TIMEOUT END
fleet_lock() {
    [ "$9" = end ] || exit 1
    umask 077
    fleet_unit=$1 spool=/run/fleet/locks/$2 file=$turns/$3 name=$4 expected=$5 description=$6 lease=$7 timeout=$8
    [ "$(id -u)" = 0 ] || {
        tell refused not-root "the log-in is not root's"
        return 0
    }
    problem=$({ mkdir -p "$spool" "$turns" && chmod 0700 /run/fleet "$fleet_root" && hold_script >"$spool/hold" &&
        note_renewal "$spool"; } 2>&1) || {
        rm -rf "$spool"
        tell refused not-writable "$problem"
        return 0
    }
    waited=0
    moments=0
    until start_lock; do
        if is_held; then
            if [ "$waited" -ge "$timeout" ]; then
                problem=$(holder)
                rm -rf "$spool"
                tell locked "$problem"
                return 0
            fi
            nap || {
                rm -rf "$spool"
                return 0
            }
            waited=$((waited + 1))
            note_renewal "$spool"
        else
            # The holder may have ended between our try and our look.
            moments=$((moments + 1))
            if [ "$moments" -ge 20 ]; then
                problem=$(tail -n 1 "$spool/output")
                rm -rf "$spool"
                tell refused not-started "$problem"
                return 0
            fi
            sleep 0.1
        fi
    done
    if ! turn_of "$file"; then
        give_back refused bad-turn "$file does not say how often the lock was taken"
    elif [ "$turn" != "$expected" ]; then
        give_back turned "$turn"
    elif ! count "$file" "$name"; then
        give_back refused not-writable "cannot write $file"
    else
        note_renewal "$spool" && tell held
    fi
}

# fleet_renew UNIT RUN.NUMBER DESCRIPTION END
fleet_renew() {
    [ "$4" = end ] || exit 1
    umask 077
    fleet_unit=$1 spool=/run/fleet/locks/$2 description=$3
    # Looked at afterwards: what was renewed too late is gone by then, or about to be.
    note_renewal "$spool" 2>/dev/null
    if is_ours && systemctl is-active --quiet "$fleet_unit"; then tell held; else tell lost; fi
}

# fleet_unlock UNIT RUN.NUMBER DESCRIPTION END
fleet_unlock() {
    [ "$4" = end ] || exit 1
    fleet_unit=$1 spool=/run/fleet/locks/$2 description=$3
    give_back released
}
