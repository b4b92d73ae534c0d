# shellcheck shell=sh
# What the controller runs over SSH to start a transaction, to read on after a lost link, and to give its verdict.
# The host-side executor itself runs apart from this connection, see executor.sh.
# Each line of ours begins with the marker, so that what a login shell prints is never taken for it.

fleet_root=/var/lib/fleet
fleet_unit=fleet-transaction.service

tell() { printf '%s %s\n' "${marker:?}" "$*"; }

# nap: false once nobody is at the other end of our stdin any more.
nap() {
    timeout 1 cat >/dev/null
    # GNU and busybox say differently that the time was up.
    case $? in 124 | 143) ;; *) return 1 ;; esac
}

# follow RUN OFFSET: the log from that byte on, until the run has ended, or the controller has read enough and closes
# our stdin, or is gone.
follow() {
    spool=$fleet_root/runs/$1
    await_log || {
        tell gone
        return 0
    }
    tell log
    # GNU tail polls once a second on some filesystems.
    pause=
    ! tail --version >/dev/null 2>&1 || pause='-s 0.05'
    # shellcheck disable=SC2086 # two words or none
    tail $pause -c "+$(($2 + 1))" -f -- "$spool/log" </dev/null 2>/dev/null &
    reader=$!
    while nap; do
        if is_held || is_launching; then continue; fi
        if ended; then
            # What was written last is still to be read.
            sleep 1
            break
        fi
        mend "$1"
    done
    kill "$reader" 2>/dev/null
}

# await_log: false where the run did not begin and, from here on, cannot: whoever makes its directory first, the
# launcher or this, decides.
await_log() {
    mkdir -p "$fleet_root/runs" && chmod 0700 "$fleet_root"
    if mkdir "$spool" 2>/dev/null; then
        printf '%s\n' 'refused connection-lost the connection was lost before the change began' >"$spool/outcome"
        return 1
    fi
    until [ -e "$spool/log" ]; do
        is_launching || [ -e "$spool/log" ] || return 1
        sleep 0.1
    done
}

# Whether a launcher still works on the run.
is_launching() { launcher=$(cat "$spool/launcher" 2>/dev/null) && kill -0 "$launcher" 2>/dev/null; }

ended() {
    case $(tail -n 1 "$spool/log" 2>/dev/null) in "end "*) ;; *) return 1 ;; esac
}

# mend RUN: nothing works on the run, and it has not ended: its recovery was cut too, or just its last word.
mend() {
    if [ -e "$spool/executor" ]; then
        systemd-run --quiet --collect --unit="$fleet_unit" --description="fleet $1: its recovery" \
            /bin/sh "$spool/executor" recover contact </dev/null 2>/dev/null || :
    elif [ -e "$spool/outcome" ]; then
        printf 'end %s\n' "$(cat "$spool/outcome")" >>"$spool/log"
    else
        printf 'end refused connection-lost nothing is left of the run\n' >>"$spool/log"
    fi
}

prepare() {
    mkdir -p "$fleet_root/runs" && chmod 0700 "$fleet_root" && mkdir "$spool" && printf '%s\n' "$$" >"$spool/launcher" &&
        head -c 65536 /dev/zero >"$spool/reserve" && executor >"$spool/executor" && printf '' >"$spool/log" &&
        sync -- "$spool/executor" "$spool/log" "$spool" "$fleet_root/runs" "$fleet_root"
}

# Starting a unit whose name is taken fails: that is the lock. At the end of the lease nothing asks for leave to go on.
start() {
    [ -e "$spool/executor" ] || return 1
    systemd-run --quiet --collect --unit="$fleet_unit" --description="$1" --service-type=exec \
        -p RuntimeMaxSec="$2" -p TimeoutStopSec=300 -p KillSignal=SIGKILL \
        -p ExecStopPost="/bin/sh -c '[ ! -e \$\$0 ] || exec /bin/sh \$\$0 recover stop' $spool/executor" \
        /bin/sh "$spool/executor" run 2>"$spool/output" </dev/null
}

is_held() { [ "$(systemctl show -p LoadState --value "$fleet_unit")" = loaded ]; }

holder() { systemctl show -p Description --value "$fleet_unit"; }

# Whether the run that holds the host has ended, and only its unit is not gone yet.
is_over() {
    over=$(holder)
    over=${over#fleet }
    [ -e "$fleet_root/runs/${over%%:*}/outcome" ]
}

# give_up WORDS…: the run will not begin; whoever reads its log after a lost link hears it as well.
give_up() {
    printf 'end refused %s\n' "$*" >>"$spool/log"
    rm -rf "$spool"
}

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
    # For the here-document with the executor, see executor.sh.
    TMPDIR=$spool
    problem=$(prepare 2>&1) || {
        # Without a launcher in it, it is not ours.
        [ ! -e "$spool/launcher" ] || rm -rf "$spool"
        tell refused not-writable "$problem"
        return 0
    }
    waited=0
    moments=0
    until start "$2" "$3"; do
        if ! is_held; then
            # The holder may have ended between our try and our look.
            start "$2" "$3" && break
            if ! is_held; then
                problem=$(tail -n 1 "$spool/output")
                tell refused not-started "$problem"
                give_up not-started "$problem"
                return 0
            fi
        fi
        if [ "$moments" -lt 100 ] && { is_over || ! is_held; }; then
            moments=$((moments + 1))
            sleep 0.1
            continue
        fi
        if [ "$waited" -ge "$4" ]; then
            tell locked "$(holder)"
            give_up locked "$(holder)"
            return 0
        fi
        nap || {
            give_up connection-lost the connection was lost while the run waited for the host
            return 0
        }
        waited=$((waited + 1))
    done
    rm -f "$spool/launcher"
    follow "$1" 0
}

# fleet_follow RUN OFFSET END
fleet_follow() {
    [ "$3" = end ] || exit 1
    umask 077
    follow "$1" "$2"
}

# fleet_verdict RUN VERDICT END
fleet_verdict() {
    [ "$3" = end ] || exit 1
    umask 077
    spool=$fleet_root/runs/$1
    # On a full disk, with what was kept in reserve.
    if printf '%s\n' "$2" >"$spool/verdict.new" ||
        { rm -f "$spool/reserve" && printf '%s\n' "$2" >"$spool/verdict.new"; }; then
        mv -T -f "$spool/verdict.new" "$spool/verdict" && tell given
    fi
}
