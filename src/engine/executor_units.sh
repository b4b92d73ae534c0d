# shellcheck shell=sh disable=SC2154
# A part of the host-side executor, see executor.sh: systemd's units, and what must be true at the end.
# Set elsewhere: salt: the transaction; spool, recovery, down: executor.sh.

# --- units ---------------------------------------------------------------------------------------------------------

invocation_of() { systemctl show -p InvocationID --value -- "$1"; }

# note_unit NUMBER VERB UNIT…: what undo and `started anew` need to know.
note_unit() {
    shift 2
    for unit; do
        [ ! -e "$spool/unit.$unit" ] || continue
        active=$(systemctl is-active -- "$unit")
        enabled=$(systemctl is-enabled -- "$unit")
        # Some versions print nothing for a unit that has no file.
        printf '%s %s %s\n' "${active:-unknown}" "${enabled:-unknown}" "$(invocation_of "$unit")" >"$spool/unit.$unit" ||
            fail stage-failed "cannot write $spool"
        sync -- "$spool/unit.$unit"
    done
}

# operate NUMBER VERB UNIT…
operate() {
    step activate "$1"
    printf '%s\n' "$1" >>"$spool/operated" || fail stage-failed "cannot write $spool"
    sync -- "$spool/operated" "$spool"
    verb=$2
    shift 2
    systemctl "$verb" -- "$@" || fail "$verb-failed" "systemctl $verb $* failed"
}

# undo_enable NUMBER VERB UNIT…: of those that were begun, while the files that tell systemd where are still there.
undo_enable() {
    [ "$2" = enable ] && grep -q -x -F -e "$1" "$spool/operated" 2>/dev/null || return 0
    shift 2
    for unit; do
        read -r _ was_enabled _ <"$spool/unit.$unit" || continue
        case $was_enabled in
            enabled*) ;;
            # After a recovery that was cut, it may be done, and the file gone.
            *) systemctl disable -- "$unit" || ! systemctl is-enabled --quiet -- "$unit" || down="$down $unit" ;;
        esac
    done
}

# undo_operation NUMBER VERB UNIT…: of those that were begun.
undo_operation() {
    grep -q -x -F -e "$1" "$spool/operated" 2>/dev/null || return 0
    verb=$2
    shift 2
    [ "$verb" != daemon-reload ] || systemctl daemon-reload || down="$down daemon-reload"
    for unit; do
        read -r was_active was_enabled _ <"$spool/unit.$unit" || continue
        case $verb.$was_enabled in
            disable.enabled) systemctl enable -- "$unit" || down="$down $unit" ;;
        esac
        # At boot nothing runs yet, and what should will start with the old files; the same when the host goes down,
        # where systemd refuses to start anything.
        if [ "$recovery" = boot ] || [ "$(systemctl is-system-running)" = stopping ]; then continue; fi
        case $verb.$was_active in
            enable.* | disable.*) ;;
            reload.active | reload.reloading) systemctl reload-or-restart -- "$unit" || down="$down $unit" ;;
            reload.*) ;;
            *.active | *.activating | *.reloading)
                # Our own restarts must not use up the unit's start limit.
                systemctl reset-failed -- "$unit"
                systemctl restart -- "$unit" || down="$down $unit"
                ;;
            *) systemctl stop -- "$unit" || down="$down $unit" ;;
        esac
    done
}

# --- verifying -----------------------------------------------------------------------------------------------------

# variable_of PID KEY: of its start environment, that variable with its terminating NUL; nothing when it is not there.
variable_of() { grep -z -e "^$(printf '%s' "$2" | sed -e 's/[].*^$\[]/\\&/g')=" "/proc/$1/environ"; }

# stay_active UNIT…: for $seconds, without a restart.
stay_active() {
    for unit; do
        systemctl is-active --quiet -- "$unit" || fail verify-failed "$unit is $(systemctl is-active -- "$unit")"
    done
    before=$(systemctl show -p NRestarts -p InvocationID -- "$@")
    sleep "$seconds"
    for unit; do
        systemctl is-active --quiet -- "$unit" || fail verify-failed "$unit did not stay active for $seconds s"
    done
    [ "$(systemctl show -p NRestarts -p InvocationID -- "$@")" = "$before" ] ||
        fail verify-failed "of $*, one was restarted within $seconds s"
}

# verify NUMBER KIND DETAILS…
verify() {
    step verify "$1"
    case $2 in
        active)
            seconds=$3
            shift 3
            stay_active "$@"
            ;;
        started-anew)
            read -r _ _ before <"$spool/unit.$3" || fail verify-failed "$3 was not looked at before"
            [ "$(invocation_of "$3")" != "$before" ] || fail verify-failed "$3 was not started anew"
            ;;
        environment)
            pid=$(systemctl show -p MainPID --value -- "$3")
            if [ "$pid" = 0 ] || [ ! -r "/proc/$pid/environ" ]; then fail verify-failed "$3 has no main process"; fi
            if [ -z "$5" ]; then
                ! variable_of "$pid" "$4" >/dev/null || fail verify-failed "$3 still runs with $4"
            else
                [ "$({ printf '%s' "$salt" && variable_of "$pid" "$4"; } | sha256sum | cut -c 1-64)" = "$5" ] ||
                    fail verify-failed "$3 does not run with the new $4"
            fi
            ;;
        listening)
            cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q -e "^ *[0-9]*: [0-9A-F]*:$3 [0-9A-F]*:0000 0A " ||
                fail verify-failed "nothing listens on port $4"
            ;;
        command)
            shift 2
            run_command verify-failed "$@"
            ;;
    esac
}

# run_command CODE SECONDS ARGV…
run_command() {
    code=$1 seconds=$2
    shift 2
    timeout "$seconds" "$@" >>"$spool/output" </dev/null
    status=$?
    [ "$status" != 124 ] || fail "$code" "$1 did not end within $seconds s"
    [ "$status" = 0 ] || fail "$code" "$1 failed with exit code $status"
}

# validate NUMBER SECONDS ARGV…
validate() {
    step validate "$1"
    shift
    run_command validate-failed "$@"
}

# wait_confirm SECONDS: the controller's verdict comes as a file.
wait_confirm() {
    say "confirm $1"
    waited=0
    while [ ! -e "$spool/verdict" ]; do
        [ "$waited" -lt "$(($1 * 5))" ] || fail confirm-missing "no verdict came from the controller within $1 s"
        sleep 0.2
        waited=$((waited + 1))
    done
    read -r verdict reason <"$spool/verdict" || :
    [ "$verdict" = good ] || fail confirm-refused "seen from the controller: $reason"
}
