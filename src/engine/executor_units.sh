# shellcheck shell=sh disable=SC2154
# A part of the host-side executor, see executor.sh: systemd's units, and what must be true at the end.
# Set elsewhere: salt: the transaction; spool, recovery, down, restarted: executor.sh.

newline='
'

# --- looking -------------------------------------------------------------------------------------------------------

# expect_units: which units run is asked once for all patterns.
expect_units() {
    running=
    shown=$(running_patterns systemctl show -p Id -p ActiveState --) || fail units-unknown "systemctl does not say which units run"
    id=
    state=
    while IFS= read -r line; do
        case $line in
            Id=*) id=${line#Id=} ;;
            ActiveState=*) state=${line#ActiveState=} ;;
            '')
                case $state in
                    active | activating | reloading | deactivating) running="$running$id$newline" ;;
                esac
                id=
                state=
                ;;
        esac
    done <<SHOWN
$shown

SHOWN
    # systemctl has them in no order, and twice where two patterns are of one.
    [ -z "$running" ] || running=$(printf '%s' "$running" | sort -u)$newline
    runnings expect_running
}

# expect_running NUMBER PATTERN UNIT…: whether a unit is of the pattern, running_NUMBER tells.
expect_running() {
    matcher=running_$1 pattern=$2
    shift 2
    more=
    fewer=
    expected=$newline
    for unit; do
        expected="$expected$unit$newline"
        case $newline$running in
            *"$newline$unit$newline"*) ;;
            *) fewer="$fewer $unit" ;;
        esac
    done
    while IFS= read -r unit; do
        if [ -z "$unit" ] || ! "$matcher" "$unit"; then continue; fi
        case $expected in
            *"$newline$unit$newline"*) ;;
            *) more="$more $unit" ;;
        esac
    done <<RUNNING
$running
RUNNING
    [ -z "$more$fewer" ] ||
        fail host-changed "of $pattern, others run than when the plan was made:${more:+ also$more}${more:+${fewer:+,}}${fewer:+ no longer$fewer}"
}

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
    number=$1 verb=$2
    shift 2
    case $verb in
        quiet=*) quiet "${verb#quiet=}" "$@" ;;
        drain) drain "$number" "$@" ;;
        *) systemctl "$verb" -- "$@" || fail "$verb-failed" "systemctl $verb $* failed" ;;
    esac
}

# is_running UNIT: with a main process. One that systemd is about to start again after a crash has none.
is_running() {
    case $(systemctl show -p MainPID -p ActiveState -- "$1") in
        *MainPID=0* | *ActiveState=deactivating* | *ActiveState=inactive* | *ActiveState=failed*) return 1 ;;
    esac
}

# quiet SIGNAL UNIT…: what does not run, or ends meanwhile, takes no work anyway.
quiet() {
    signal=$1
    shift
    for unit; do
        shift
        ! is_running "$unit" || set -- "$@" "$unit"
    done
    if [ "$#" = 0 ] || ask_quiet "$@"; then return 0; fi
    for unit; do
        if [ "$#" -gt 1 ] && is_running "$unit" && ask_quiet "$unit"; then continue; fi
        ! is_running "$unit" || fail quiet-failed "$unit could not be asked to take no new work"
    done
}

# ask_quiet UNIT…: an empty signal stands for a reload.
ask_quiet() {
    if [ -z "$signal" ]; then
        systemctl reload -- "$@"
        return
    fi
    # Before systemd 252 the option had another name.
    case $(systemctl --help) in *--kill-whom*) whom=--kill-whom=main ;; *) whom=--kill-who=main ;; esac
    systemctl kill -s "$signal" "$whom" -- "$@"
}

# drain NUMBER UNIT…: side by side; drains_NUMBER tells how each shows that it has no work left.
drain() {
    looks=drains_$1
    shift
    waiting=$newline
    pids=$(systemctl show -p MainPID --value -- "$@") || fail drain-failed "systemctl does not say which processes to wait for"
    for pid in $pids; do
        [ "$pid" = 0 ] || waiting="$waiting$pid $1$newline"
        shift
    done
    began=$(uptime_in_hundredths)
    while [ "$waiting" != "$newline" ]; do
        elapsed=$(($(uptime_in_hundredths) - began))
        # What runs in the background there holds the pipe, and is waited for by this.
        idle=$newline$("$looks" show_idle)$newline
        "$looks" wait_no_longer
        [ "$waiting" = "$newline" ] || sleep 0.4
    done
}

# Of a second, as the kernel tells it.
uptime_in_hundredths() {
    read -r up _ </proc/uptime
    printf '%s' "${up%.*}${up#*.}"
}

# pid_of UNIT: false where nobody waits for it any more.
pid_of() {
    case $waiting in *" $1$newline"*) ;; *) return 1 ;; esac
    pid=${waiting%%" $1$newline"*}
    pid=${pid##*"$newline"}
}

# show_idle NUMBER SECONDS title REGEX UNIT…
# show_idle NUMBER SECONDS command UNIT TIMEOUT ARGV…
# Prints the main processes that are idle, by number or by path.
show_idle() {
    if [ "$3" = command ]; then
        pid_of "$4" || return 0
        shift 4
        ! timeout "$@" >>"$spool/output" </dev/null || printf '%s\n' "$pid" &
        return 0
    fi
    regex=$4
    shift 4
    titles=
    for unit; do
        ! pid_of "$unit" || titles="$titles /proc/$pid/cmdline"
    done
    # shellcheck disable=SC2086 # a list of words
    [ -z "$titles" ] || grep -z -l -s -e "$regex" -- $titles
}

# wait_no_longer NUMBER SECONDS title REGEX UNIT… and so on: for those that are idle or gone, or have had their time.
wait_no_longer() {
    seconds=$2
    if [ "$3" = command ]; then set -- "$4"; else shift 4; fi
    for unit; do
        pid_of "$unit" || continue
        case $idle in
            *"$newline$pid$newline"* | *"$newline/proc/$pid/cmdline$newline"*) ;;
            *)
                if [ -e "/proc/$pid" ]; then
                    [ "$elapsed" -ge "$((seconds * 100))" ] || continue
                    say "not-idle $seconds $unit"
                fi
                ;;
        esac
        waiting=${waiting%%"$newline$pid $unit$newline"*}$newline${waiting#*"$newline$pid $unit$newline"}
    done
}

was_begun() { grep -q -x -F -e "$1" "$spool/operated" 2>/dev/null; }

# undo_enable NUMBER VERB UNIT…: of those that were begun, while the files that tell systemd where are still there.
undo_enable() {
    [ "$2" = enable ] && was_begun "$1" || return 0
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

# undo_daemon_reload NUMBER VERB: before anything starts again with the old files.
undo_daemon_reload() {
    [ "$2" = daemon-reload ] && was_begun "$1" || return 0
    systemctl daemon-reload || down="$down daemon-reload"
}

# undo_operation NUMBER VERB UNIT…: of those that were begun.
undo_operation() {
    was_begun "$1" || return 0
    verb=$2
    shift 2
    for unit; do
        shift
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
                # One that was quieted, drained and stopped is started anew once.
                case " $restarted " in *" $unit "*) ;; *) set -- "$@" "$unit" ;; esac
                ;;
            quiet=*.* | drain.*) ;;
            *) systemctl stop -- "$unit" || down="$down $unit" ;;
        esac
    done
    [ "$#" -gt 0 ] || return 0
    restarted="$restarted $*"
    # Our own restarts must not use up the unit's start limit.
    systemctl reset-failed -- "$@"
    # Side by side: each may take its time to stop.
    systemctl restart -- "$@" && return 0
    for unit; do
        if [ "$#" -gt 1 ] && { systemctl is-active --quiet -- "$unit" || systemctl restart -- "$unit"; }; then continue; fi
        down="$down $unit"
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
