# shellcheck shell=sh
# The host-side executor of fleet's transactions: POSIX sh, coreutils, grep, sed and systemd only.
#
# It is the main process of a transient unit of a fixed name, which is the lock, the lease and the recovery:
#   run       everything up to `committed`; on a failure it notes why and exits
#   recover   the unit's ExecStopPost, a boot unit, and the next run's first step: undoes what was not committed,
#             finishes what was; it may be cut at any point and run again
#
# The transaction comes as functions made by the controller (see compile.rs), each of which calls `$1 NUMBER KIND …`
# for every element in order; a phase is a visitor. The file with all this is the intent record: it names every
# target, and the staged files follow from the targets and the run.
# What must survive a power cut is fsynced before the next phase: sync(1) with arguments is fsync(2).

fleet_root=/var/lib/fleet
boot_unit=fleet-recover.service
boot_dir=/etc/systemd/system
boot_wants=$boot_dir/sysinit.target.wants

# --- telling -------------------------------------------------------------------------------------------------------

# Appends a line to the log that the controller reads. A full disk gives back what was kept in reserve for this.
say() {
    printf '%s\n' "$*" >>"$log" || {
        rm -f "$spool/reserve"
        # What there was room for may stand there without its end.
        printf '\n%s\n' "$*" >>"$log" || :
    }
}

# empty FILE: makes it so. Not `: >FILE`: where that cannot be opened, a POSIX shell ends at once and tells nobody.
empty() { printf '' >"$1"; }

# step PHASE NUMBER: from here on, what commands print belongs to this step.
step() {
    say "step $*"
    empty "$spool/output"
}

# fail CODE WORDS…: ends the run; ExecStopPost undoes it. What the step printed is told first, each line marked,
# so that no output can be taken for a line of ours.
fail() {
    tail -c 4096 "$spool/output" | while IFS= read -r line || [ -n "$line" ]; do
        say "output $line"
    done
    say "fail $*"
    printf '%s\n' "$*" >"$spool/failure" || {
        rm -f "$spool/reserve"
        printf '%s\n' "$*" >"$spool/failure" || :
    }
    exit 1
}

# --- looking -------------------------------------------------------------------------------------------------------

# salted FILE: how plans name a file's content.
salted() { { printf '%s' "${salt:?}" && cat -- "$1"; } | sha256sum | cut -c 1-64; }

mode_of() { printf '%04o' "0$(stat -c %a -- "$1")"; }

# By name where the host knows one, as the observation says it.
owner_of() {
    owner=$(stat -c %U:%G -- "$1")
    case $owner in
        *UNKNOWN*) stat -c %u:%g -- "$1" ;;
        *) printf '%s' "$owner" ;;
    esac
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# expect_path NUMBER KIND PATH RESOLVED [DIGEST MODE OWNER | TARGET]
expect_path() {
    if [ "$2" = link ]; then
        [ "$(readlink -- "$4")" = "$5" ] || fail host-changed "$3 points elsewhere than when the plan was made"
        return 0
    fi
    # The observation says the path itself where it leads nowhere.
    [ "$(readlink -f -- "$3" || printf '%s' "$3")" = "$4" ] || fail host-changed "$3 leads to another place than when the plan was made"
    if [ "$2" = absent ]; then
        ! exists "$4" || fail host-changed "$3 was not there when the plan was made, and is now"
        return 0
    fi
    [ -f "$4" ] || fail host-changed "$3 is no longer there as a regular file"
    [ "$(salted "$4")" = "$5" ] || fail host-changed "$3 has other content than when the plan was made"
    [ "$(mode_of "$4")" = "$6" ] || fail host-changed "$3 has another mode than when the plan was made"
    [ "$(owner_of "$4")" = "$7" ] || fail host-changed "$3 has another owner than when the plan was made"
}

# refuse_mount NUMBER KIND PATH MOUNTINFO_PATH …: rename(2) cannot replace what is mounted.
refuse_mount() {
    while read -r _ _ _ _ mounted _; do
        [ "$mounted" != "$4" ] || fail not-replaceable "$3 is a mount point, which a rename cannot replace"
    done </proc/self/mountinfo
}

# --- staging -------------------------------------------------------------------------------------------------------

# A directory of our own beside the target: on the same filesystem, and nobody else can reach into it, even where the
# target's own directory belongs to an application.
stage_dir() { printf '%s/.fleet-%s' "$(dirname -- "$1")" "${run:?}"; }

enter_stage() {
    dir=$(stage_dir "$1")
    [ -d "$dir" ] || mkdir -m 0700 -- "$dir" || fail not-writable "cannot write in $(dirname -- "$1")"
    cd -P -- "$dir" || fail not-writable "cannot enter $dir"
    [ "$(stat -c %u:%a .)" = 0:700 ] || fail not-writable "$dir is not ours"
}

# Attributes that a new file would silently lose, where the host can tell them.
refuse_attributes() {
    command -v lsattr >/dev/null || return 0
    flags=$(lsattr -d -- "$1" 2>/dev/null) || return 0
    flags=${flags%% *}
    case $flags in
        *i*) fail not-replaceable "$1 is immutable (chattr +i)" ;;
        *a*) fail not-replaceable "$1 is append-only (chattr +a)" ;;
        *[!-eNV]*) fail not-replaceable "$1 has the attributes $flags, which a new file would not have" ;;
    esac
}

# stage_attributes OLD NEW PATH: an empty file with the owner, mode, ACL and extended attributes of the old one.
stage_attributes() {
    if cp --help 2>&1 | grep -q -e --attributes-only; then
        keep=mode,ownership,xattr
        [ ! -e /sys/fs/selinux/enforce ] || keep=$keep,context
        cp -P --attributes-only --preserve="$keep" -- "$1" "$2" ||
            fail not-replaceable "the ACL or extended attributes of $3 cannot be kept"
        return 0
    fi
    # shellcheck disable=SC2012 # only ls tells of an ACL without further tools
    case $(ls -ld -- "$1" | cut -c 11) in
        +) fail not-replaceable "$3 has an ACL, which this host's cp cannot keep" ;;
    esac
    empty "$2" || fail stage-failed "cannot write beside $3"
    chown "$(stat -c %u:%g -- "$1")" "$2" || fail stage-failed "cannot give a new file the owner of $3"
    chmod "$(stat -c %a -- "$1")" "$2" || fail stage-failed "cannot give a new file the mode of $3"
}

# stage NUMBER KIND PATH MOUNTINFO_PATH [DIGEST MODE OWNER | TARGET]
# Leaves in the staging directory NUMBER.new, and NUMBER.old or NUMBER.absent.
stage() {
    step stage "$1"
    enter_stage "$3"
    if [ -L "$3" ]; then
        ln -s -- "$(readlink -- "$3")" "$1.old" || fail stage-failed "cannot keep the old $3"
    elif [ -e "$3" ]; then
        [ -f "$3" ] || fail not-replaceable "$3 is not a regular file"
        refuse_attributes "$3"
        # The old file itself, not a copy: putting it back restores its every attribute. From here on it is looked at
        # by this name, which whoever owns the directory cannot lead elsewhere.
        ln -- "$3" "$1.old" || fail not-replaceable "$3 cannot be replaced"
        if [ -L "$1.old" ] || [ ! -f "$1.old" ]; then fail host-changed "$3 is no longer a regular file"; fi
        cp -p -- "$1.old" "$spool/$1.before" || fail stage-failed "cannot keep a copy of $3"
        sync -- "$spool/$1.before" || fail stage-failed "cannot bring a copy of $3 to the disk"
    else
        empty "$1.absent" || fail stage-failed "cannot write beside $3"
    fi
    case $2 in
        write)
            if [ -f "$1.old" ] && [ ! -L "$1.old" ]; then
                stage_attributes "$1.old" "$1.new" "$3"
            else
                empty "$1.new" || fail stage-failed "cannot write beside $3"
            fi
            # Owner and mode are final before the first byte is in it; chown clears bits, so it comes first.
            [ -z "$7" ] || chown -- "$7" "$1.new" || fail stage-failed "cannot give $3 to $7"
            [ -z "$6" ] || chmod -- "$6" "$1.new" || fail stage-failed "cannot set mode $6 on $3"
            "content_$1" >>"$1.new" || fail stage-failed "cannot write the new $3"
            [ "$(salted "$1.new")" = "$5" ] || fail stage-failed "the new $3 is not whole"
            # Another owner or mode is no other content: its date stays, by which readers are judged.
            if [ -f "$1.old" ] && [ ! -L "$1.old" ] && [ "$(salted "$1.old")" = "$5" ]; then
                touch -r "$1.old" -- "$1.new" || fail stage-failed "cannot keep the date of $3"
            fi
            sync -- "$1.new" || fail stage-failed "cannot bring the new $3 to the disk"
            ;;
        link) ln -s -- "$5" "$1.new" || fail stage-failed "cannot write the new $3" ;;
    esac
    sync -- . .. || fail stage-failed "cannot bring the new $3 to the disk"
    cd /
}

# keep PATH OFFSET LENGTH: bytes of the file as it stands.
keep() { tail -c "+$(($2 + 1))" -- "$1" | head -c "$3"; }

# --- switching and undoing -----------------------------------------------------------------------------------------

# switch NUMBER KIND PATH …
switch() {
    step switch "$1"
    case $2 in
        remove) rm -- "$3" || fail switch-failed "cannot remove $3" ;;
        *) mv -T -f -- "$(stage_dir "$3")/$1.new" "$3" || fail switch-failed "cannot replace $3" ;;
    esac
}

sync_parent() { sync -- "$(dirname -- "$3")"; }

# put_back NUMBER KIND PATH …: right after any part of `switch`, and after any part of itself.
put_back() {
    [ -e "$spool/switching" ] || return 0
    dir=$(stage_dir "$3")
    case $2 in
        remove) ! exists "$3" || return 0 ;;
        *) ! exists "$dir/$1.new" || return 0 ;;
    esac
    if exists "$dir/$1.old"; then
        mv -T -f -- "$dir/$1.old" "$3" || lost="$lost $3"
    elif [ -e "$dir/$1.absent" ]; then
        rm -f -- "$3" || lost="$lost $3"
    fi
}

# clear_stage NUMBER KIND PATH …
clear_stage() {
    # Where something could not be put back, the old file stays for a person to find.
    [ -z "$lost" ] || return 0
    rm -rf -- "$(stage_dir "$3")"
    sync_parent "$@"
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

# --- the boot unit -------------------------------------------------------------------------------------------------

arm() {
    mkdir -p "$boot_wants" || fail not-armed "cannot write $boot_dir"
    printf '%s\n' '[Unit]' 'Description=Undo the fleet transaction that was cut' 'DefaultDependencies=no' \
        'After=local-fs.target systemd-remount-fs.service' 'Before=sysinit.target' \
        "RequiresMountsFor=$fleet_root" '[Service]' 'Type=oneshot' "ExecStart=/bin/sh $spool/executor recover boot" \
        >"$boot_dir/$boot_unit" || fail not-armed "cannot write $boot_dir/$boot_unit"
    ln -s -f "../$boot_unit" "$boot_wants/$boot_unit" || fail not-armed "cannot write in $boot_wants"
    sync -- "$boot_dir/$boot_unit" "$boot_dir" "$boot_wants" || fail not-armed "cannot bring $boot_unit to the disk"
}

disarm() {
    rm -f "$boot_wants/$boot_unit" "$boot_dir/$boot_unit"
    rmdir "$boot_wants" 2>/dev/null
    sync -- "$boot_dir"
}

# --- the two ways through ------------------------------------------------------------------------------------------

# mark NAME: a fact of the run that must survive a power cut before the next phase.
mark() {
    empty "$spool/$1" || fail stage-failed "cannot write $spool"
    sync -- "$spool/$1" "$spool" || fail stage-failed "cannot bring $spool to the disk"
}

fleet_run() {
    # A run that nothing finished and nothing undid, because its recovery was cut too.
    if [ -L "$fleet_root/active" ]; then sh "$fleet_root/active/executor" recover contact; fi
    [ ! -L "$fleet_root/active" ] ||
        fail unfinished "$(readlink "$fleet_root/active") in $fleet_root was cut, and cannot be put in order"
    sweep
    say "phase expect"
    empty "$spool/output"
    expectations expect_path
    changes refuse_mount
    unit_operations note_unit
    say "phase stage"
    # The way back is there before the first file of ours is.
    ln -s "runs/$run" "$fleet_root/active" || fail stage-failed "cannot write $fleet_root"
    sync -- "$fleet_root" || fail stage-failed "cannot bring $fleet_root to the disk"
    arm
    changes stage
    mark switching
    say "phase switch"
    changes switch
    changes sync_parent
    say "phase validate"
    validations validate
    say "phase activate"
    unit_operations operate
    say "phase verify"
    verifications verify
    confirmation wait_confirm
    # From here on the run has happened: recovery finishes it.
    mark committed
    finish applied
}

# sweep: executors that were never started, as their launcher died; one that lives waits for the host.
sweep() {
    for old in "$fleet_root"/runs/*/executor; do
        if [ ! -e "$old" ] || [ "$old" = "$spool/executor" ]; then continue; fi
        launcher=$(cat "${old%/*}/launcher" 2>/dev/null) && kill -0 "$launcher" 2>/dev/null && continue
        rm -f "$old" "${old%/*}/reserve"
    done
}

# finish OUTCOME WORDS…: what is left to do when the host is wholly old or wholly new.
finish() {
    # Room for the outcome.
    rm -f "$spool/reserve"
    changes clear_stage
    # A run that failed before its first file may have found the rest of another, whose way back that is.
    ! is_active || disarm
    # Without room to tell, the run stays open, and the next contact tells.
    tell_outcome "$@" && close "$@"
    say "end $*"
}

is_active() { [ "$(readlink "$fleet_root/active")" = "runs/$run" ]; }

close() {
    if is_active; then
        rm -f "$fleet_root/active"
        sync -- "$fleet_root"
    fi
    clear_spool "$1"
    prune
}

# Of a run only what `fleet undo` and `fleet log` need stays; the executor holds the values of secrets.
clear_spool() {
    rm -f "$spool/executor" "$spool/reserve" "$spool/launcher" "$spool/verdict" "$spool/verdict.new" "$spool/operated" "$spool/output" "$spool"/unit.*
    case $1 in refused | rolled-back) rm -f "$spool"/*.before ;; esac
}

# tell_outcome OUTCOME WORDS…: to whoever asks later, to the host's own journal, and to journald.
tell_outcome() {
    outcome=$1
    shift
    record=$(journal_line "$outcome" "$(printf '%s' "$*" | tr -d '\000-\037' | sed -e 's/[\\"]/\\&/g')")
    journal=$fleet_root/journal
    # Told already by a recovery that was cut right after? To journald rather twice than never.
    if ! grep -q -x -F -e "$record" "$journal" 2>/dev/null; then
        printf '%s\n' "$record" | systemd-cat -t fleet
        # A line that was cut must not swallow this one.
        [ -z "$(tail -c 1 "$journal" 2>/dev/null)" ] || printf '\n' >>"$journal"
        printf '%s\n' "$record" >>"$journal" || return 1
        sync -- "$journal"
        if [ "$(wc -c <"$journal")" -gt 1048576 ]; then
            tail -n 1000 "$journal" >"$journal.new" && sync -- "$journal.new" && mv -T -f "$journal.new" "$journal"
        fi
    fi
    printf '%s %s\n' "$outcome" "$*" >"$spool/outcome.new" && sync -- "$spool/outcome.new" &&
        mv -T -f "$spool/outcome.new" "$spool/outcome" && sync -- "$spool" "$fleet_root"
}

# The last versions that fleet replaced are kept for undo, bounded in number; names of runs sort by time.
prune() {
    set -- "$fleet_root"/runs/*
    excess=$(($# - 20))
    for old; do
        [ "$excess" -gt 0 ] || break
        # Ours may sort first: the controllers' clocks differ. One with an executor waits for the host.
        if [ "$old" = "$spool" ] || [ -e "$old/executor" ]; then continue; fi
        rm -rf "$old"
        excess=$((excess - 1))
    done
}

# why_cut: when no step failed, what ended the run.
why_cut() {
    case $recovery.${SERVICE_RESULT-} in
        stop.timeout) printf 'lease-expired the run did not end within its lease' ;;
        stop.success) printf 'killed the executor was stopped from outside' ;;
        stop.*) printf 'killed the executor was ended from outside (%s)' "${SERVICE_RESULT-}" ;;
        boot.*) printf 'host-rebooted the host went down during the run' ;;
        *) printf 'killed the executor and its recovery were ended from outside' ;;
    esac
}

# fleet_recover stop|boot|contact
fleet_recover() {
    recovery=$1
    # All is done and told; what remains is to clear up.
    if read -r outcome reason <"$spool/outcome"; then
        close "$outcome"
        say "end $outcome $reason"
        return 0
    fi
    if [ -e "$spool/committed" ]; then
        finish applied
        return 0
    fi
    rm -f "$spool/reserve"
    if [ ! -s "$spool/failure" ]; then
        why_cut >"$spool/failure"
        say "fail $(cat "$spool/failure")"
    fi
    say "phase undo"
    unit_operations undo_enable
    changes put_back
    changes sync_parent
    unit_operations undo_operation
    reason=$(cat "$spool/failure")
    if [ -n "$lost" ]; then
        finish failed "$reason; these could not be put back:$lost"
    elif [ -n "$down" ]; then
        finish failed "$reason; the files were put back, but these did not come up again:$down"
    elif [ -e "$spool/switching" ]; then
        finish rolled-back "$reason"
    else
        finish refused "$reason"
    fi
}

# fleet_executor PHASE HOW END: nothing runs unless the last line arrived whole.
fleet_executor() {
    [ "$3" = end ] || exit 1
    umask 077
    LC_ALL=C
    export LC_ALL
    spool=$fleet_root/runs/${run:?}
    log=$spool/log
    lost=
    down=
    cd / || exit 1
    # A file system that takes no more must not keep recovery from the others.
    if printf '' >>"$spool/output"; then exec 2>>"$spool/output"; fi
    case $1 in
        run) fleet_run ;;
        recover) fleet_recover "$2" ;;
    esac
}
