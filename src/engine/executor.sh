# shellcheck shell=sh disable=SC2154
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
# The parts: this file tells, arms and leads through; executor_files.sh has the files, executor_units.sh the units,
# executor_kept.sh what is kept for undo.
# `run` and `salt` are set by the transaction.
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

# The end of what the step printed, in whole lines: of a torn one nobody could say whether it holds a secret.
last_words() {
    if [ "$(wc -c <"$spool/output")" -gt 4096 ]; then
        tail -c 4096 "$spool/output" | sed -e 1d
    else
        cat "$spool/output"
    fi
}

# fail CODE WORDS…: ends the run; ExecStopPost undoes it. What the step printed is told first, each line marked,
# so that no output can be taken for a line of ours.
fail() {
    last_words | while IFS= read -r line || [ -n "$line" ]; do
        say "output $line"
    done
    say "fail $*"
    printf '%s\n' "$*" >"$spool/failure" || {
        rm -f "$spool/reserve"
        printf '%s\n' "$*" >"$spool/failure" || :
    }
    exit 1
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
    kept_files expect_kept
    expectations expect_path
    expect_units
    changes refuse_mount
    unit_operations note_unit
    say "phase stage"
    # The way back is there before the first file of ours is.
    ln -s "runs/$run" "$fleet_root/active" || fail stage-failed "cannot write $fleet_root"
    sync -- "$fleet_root" || fail stage-failed "cannot bring $fleet_root to the disk"
    arm
    begin_record
    changes stage
    sync -- "$spool/record" "$spool/old" "$spool/left" || fail stage-failed "cannot bring $spool to the disk"
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
    if [ "$1" = applied ]; then
        keep_units
        changes keep_removed
    fi
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
    rm -f "$spool/executor" "$spool/reserve" "$spool/launcher" "$spool/verdict" "$spool/verdict.new" "$spool/operated" "$spool/output" "$spool"/unit.* "$spool"/*.made "$spool"/sh-thd*
    case $1 in refused | rolled-back) rm -f "$spool"/*.before "$spool/record" "$spool/old" "$spool/left" ;; esac
}

# tell_outcome OUTCOME WORDS…: to whoever asks later, to the host's own journal, and to journald.
tell_outcome() {
    outcome=$1
    shift
    reason=$(printf '%s' "$*" | tr -d '\000-\037' | sed -e 's/[\\"]/\\&/g')
    ending="\"outcome\":\"$outcome\",\"reason\":\"$reason\"}"
    journal=$fleet_root/journal
    # Told already by a recovery that was cut right after? To journald rather twice than never.
    if ! journal_head | grep -F -f - "$journal" 2>/dev/null | grep -q -F -e "$ending"; then
        line="$(journal_head)\"host_prev\":\"$(last_digest)\",$ending"
        printf '%s\n' "$line" | systemd-cat -t fleet
        # A line that was cut must not swallow this one.
        [ -z "$(tail -c 1 "$journal" 2>/dev/null)" ] || printf '\n' >>"$journal"
        printf '%s\n' "$line" >>"$journal" || return 1
        sync -- "$journal"
        last_digest >"$journal.last"
        [ "$(wc -c <"$journal")" -le 2097152 ] || rotate
    fi
    printf '%s %s\n' "$outcome" "$*" >"$spool/outcome.new" && sync -- "$spool/outcome.new" &&
        mv -T -f "$spool/outcome.new" "$spool/outcome" && sync -- "$spool" "$fleet_root"
}

# Of the bytes of the journal's last line: the next line names it, so that a line that is changed or removed shows.
last_digest() {
    [ ! -s "$journal" ] || tail -n 1 "$journal" | tr -d '\n' | sha256sum | cut -c 1-64
}

# rotate: the last lines stay, half of what is allowed; a line stands for the last of those that go.
rotate() {
    kept=$(tail -c 1048576 "$journal" | tail -n +2 | wc -l)
    [ "$kept" -gt 0 ] || kept=1
    [ "$(wc -l <"$journal")" -gt "$((kept + 1))" ] || return 0
    dropped=$(tail -n "$((kept + 1))" "$journal" | head -n 1 | tr -d '\n' | sha256sum | cut -c 1-64)
    {
        printf '{"schema":"fleet/journal-rotated/v1","host_prev":"%s"}\n' "$dropped" && tail -n "$kept" "$journal"
    } >"$journal.new" && sync -- "$journal.new" && mv -T -f "$journal.new" "$journal"
}

# The last versions that fleet replaced are kept for undo, bounded in number and in KiB; names of runs sort by time.
prune() {
    set -- "$fleet_root"/runs/*
    excess=$(($# - 20))
    for old; do
        [ "$excess" -gt 0 ] || [ "$(kept_kib)" -gt 65536 ] || break
        # Ours may sort first: the controllers' clocks differ. One with an executor waits for the host; others are needed
        # by later waves of this run.
        if [ "$old" = "$spool" ] || [ -e "$old/executor" ] || is_needed "${old##*/}"; then continue; fi
        rm -rf "$old"
        excess=$((excess - 1))
    done
}

kept_kib() {
    kib=$(du -s -k -- "$fleet_root/runs" | cut -f 1)
    printf '%s' "${kib:-0}"
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

# has_way_back: what commands alone did, nobody can put back.
has_way_back() { [ -n "$(changes echo)$(unit_operations echo)" ]; }

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
    roots put_back
    roots sync_parent
    if [ -n "$lost" ] && [ "$recovery" = boot ]; then
        # A file system that is mounted later, perhaps: the next contact tries again.
        say "pause these could not be put back yet:$lost"
        return 0
    fi
    if [ -z "$lost" ] && printf '' >"$spool/undone"; then sync -- "$spool/undone" "$spool"; fi
    unit_operations undo_daemon_reload
    unit_operations undo_operation
    reason=$(cat "$spool/failure")
    if [ -n "$lost" ]; then
        finish failed "$reason; these could not be put back:$lost"
    elif [ -n "$down" ]; then
        finish failed "$reason; the files were put back, but these did not come up again:$down"
    elif [ -e "$spool/switching" ] && ! has_way_back; then
        finish failed "$reason"
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
    # There bash puts the text of a large here-document, which may be a key, for a moment; killed then, it leaves it there.
    # shellcheck disable=SC2034 # not exported: commands keep their own
    TMPDIR=$spool
    log=$spool/log
    lost=
    down=
    # shellcheck disable=SC2034 # used in executor_units.sh
    restarted=
    cd / || exit 1
    # A file system that takes no more must not keep recovery from the others.
    if printf '' >>"$spool/output"; then exec 2>>"$spool/output"; fi
    case $1 in
        run) fleet_run ;;
        recover) fleet_recover "$2" ;;
    esac
}
