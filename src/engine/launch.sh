# shellcheck shell=sh
# What the controller runs over SSH to start a transaction, to read on after a lost link, and to give its verdict.
# The host-side executor itself runs apart from this connection, see executor.sh.
# Each line of ours begins with the marker, so that what a login shell prints is never taken for it.

fleet_root=/var/lib/fleet
fleet_unit=fleet-transaction.service

tell() { printf '%s %s\n' "${marker:?}" "$*"; }

# follow RUN OFFSET: the log from that byte on, until the controller has read enough and closes our stdin, or is gone.
follow() {
    [ -e "$fleet_root/runs/$1/log" ] || {
        tell gone
        return 0
    }
    tell log
    # GNU tail polls once a second on some filesystems.
    nap=
    ! tail --version >/dev/null 2>&1 || nap='-s 0.05'
    # shellcheck disable=SC2086 # two words or none
    tail $nap -c "+$(($2 + 1))" -f -- "$fleet_root/runs/$1/log" </dev/null 2>/dev/null &
    reader=$!
    read -r _ || :
    kill "$reader" 2>/dev/null
}

prepare() {
    mkdir -p "$spool" && chmod 0700 "$fleet_root" && head -c 65536 /dev/zero >"$spool/reserve" &&
        executor >"$spool/executor" && : >"$spool/log" &&
        sync -- "$spool/executor" "$spool/log" "$spool" "$fleet_root/runs" "$fleet_root"
}

# Starting a unit whose name is taken fails: that is the lock.
start() {
    systemd-run --quiet --collect --unit="$fleet_unit" --description="$1" --service-type=exec \
        -p RuntimeMaxSec="$2" -p TimeoutStopSec=300 \
        -p ExecStopPost="/bin/sh -c '[ ! -e \$\$0 ] || exec /bin/sh \$\$0 recover stop' $spool/executor" \
        /bin/sh "$spool/executor" run 2>"$spool/output" </dev/null
}

holder() { systemctl show -p Description --value "$fleet_unit"; }

# fleet_launch RUN DESCRIPTION LEASE LOCK_TIMEOUT END
fleet_launch() {
    [ "$5" = end ] || exit 1
    umask 077
    LC_ALL=C
    export LC_ALL
    spool=$fleet_root/runs/$1
    [ "$(id -u)" = 0 ] || {
        tell refused not-root "the log-in is not root's"
        return 0
    }
    problem=$(prepare 2>&1) || {
        rm -rf "$spool"
        tell refused not-writable "$problem"
        return 0
    }
    waited=0
    until start "$2" "$3"; do
        if [ "$(systemctl show -p LoadState --value "$fleet_unit")" != loaded ]; then
            # The holder may have ended between our try and our look.
            start "$2" "$3" && break
            if [ "$(systemctl show -p LoadState --value "$fleet_unit")" != loaded ]; then
                tell refused not-started "$(tail -n 1 "$spool/output")"
                rm -rf "$spool"
                return 0
            fi
        fi
        if [ "$waited" -ge "$(($4 * 5))" ]; then
            tell locked "$(holder)"
            rm -rf "$spool"
            return 0
        fi
        sleep 0.2
        waited=$((waited + 1))
    done
    follow "$1" 0
}

# fleet_follow RUN OFFSET END
fleet_follow() {
    [ "$3" = end ] || exit 1
    follow "$1" "$2"
}

# fleet_verdict RUN VERDICT END
fleet_verdict() {
    [ "$3" = end ] || exit 1
    umask 077
    spool=$fleet_root/runs/$1
    if printf '%s\n' "$2" >"$spool/verdict.new" && mv -T -f "$spool/verdict.new" "$spool/verdict"; then
        tell given
    fi
}
