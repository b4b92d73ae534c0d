# shellcheck shell=sh
# What `fleet queue` runs on a host, once: the instances of worker templates, what they run with, what they would run with,
# and what they use. Read-only. Of command lines, environments and files it prints the few settings that matter: no other
# word of them leaves the host. One record a line, its fields parted by tabs; read by read/workers.rs.

w_tab=$(printf '\t')
w_line='
'
# A word as systemctl(1) shows it in a list: quoted where it must be.
w_word='("(\\.|[^"\\])*"|'"'(\\\\.|[^'\\\\])*'|[^[:blank:]\"'])+"

# w_lead KIND: each line of stdin as a record of this kind.
w_lead() { sed -e "s/^/$1$w_tab/"; }

# w_wanted: of stdin, lines `word <tab> PROCESS <tab> WORD` are kept where they are options of Sidekiq that matter, each joined
# with its value if that has the form that it must have; lines `env <tab> KEY=VALUE` where the key is wanted; all others.
w_wanted() {
    sed -n -E -e ':line' -e "s/^ +(word|env)$w_tab/\\1$w_tab/" \
        -e "/^env$w_tab/{" -e "/^env${w_tab}[\$\"']*($w_keys)=/p" -e 'd' -e '}' \
        -e "/^word$w_tab/!{" -e 'p' -e 'd' -e '}' \
        -e "/^word${w_tab}[0-9]*$w_tab(-[cqtCr]|--(concurrency|queue|timeout|config|require))\$/{" -e '$d' -e 'N' \
        -e "s/^(word$w_tab([0-9]*)$w_tab)(-.*)\\n *word$w_tab\\2$w_tab/\\1\\3 /" \
        -e '/\n/{' -e 's/^.*\n//' -e 'bline' -e '}' -e '}' \
        -e "/$w_tab(-[ct] ?|--(concurrency|timeout)[ =])([0-9]+|[\$][{]?[A-Z_]+[}]?)\$/p" \
        -e "/$w_tab(-q ?|--queue[ =])[A-Za-z0-9_.:,-]+\$/p" \
        -e "/$w_tab(-[Cr] ?|--(config|require)[ =])[A-Za-z0-9_.\\/-]+\$/p"
}

# w_show UNIT…: all units in one call. Lists of words become one line a word: of a command line those after `sidekiq`, as
# the letters of other programs' options may mean anything.
w_show() {
    w_shown=$(systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState -p MainPID -p NRestarts \
        -p TimeoutStopUSec -p DropInPaths -p FragmentPath -p EnvironmentFiles -p Environment -p ExecStart \
        -p MemoryCurrent -p ControlGroup -p InvocationID -p WorkingDirectory -p NeedDaemonReload -- "$@" 2>&1) || {
        # Its complaint; never what it may have shown before.
        printf '%s\n' "$w_shown" | grep -v -e '^[A-Za-z]*=' | head -n 1
        return 1
    }
    w_shown=$(printf '%s\n' "$w_shown" | sed -n -E \
        -e "/^Environment=/{" -e 's/^Environment=//' -e "s/$w_word/env$w_tab&\\n/g" -e 'p' -e 'd' -e '}' \
        -e '/^ExecStart=/{' -e 's/^.* argv\[\]=//' -e 's/ ; ignore_errors=.*$//' \
        -e 's/(^|[ \/])sidekiq(swarm)? /\n/' -e '/\n/!d' -e 's/^[^\n]*\n//' \
        -e "s/$w_word/word$w_tab$w_tab&\\n/g" -e 'p' -e 'd' -e '}' \
        -e 's/^$/end/' -e 'p' | grep . | w_wanted)
}

# w_add FILE: to the files that are read.
w_add() {
    case $w_line$w_files$w_line in
        *"$w_line$1$w_line"*) ;;
        *) w_files=$w_files${w_files:+$w_line}$1 ;;
    esac
}

# w_config: of the unit at hand, the file that Sidekiq reads its options from (`sidekiq --help`, -C).
w_config() {
    case $w_directory in /*) ;; *) w_directory= ;; esac
    if [ -n "$w_named" ]; then
        case $w_named in /*) ;; *) w_named=${w_directory:+$w_directory/$w_named} ;; esac
    else
        case $w_required in /*) ;; *) w_required=${w_directory:+$w_directory/$w_required} ;; esac
        [ -d "$w_required" ] || w_required=$w_directory
        w_named=${w_required:+$w_required/config/sidekiq.yml}
        [ -z "$w_named" ] || [ -f "$w_named" ] || w_named=$w_named.erb
    fi
    [ -n "$w_named" ] && [ -f "$w_named" ] || return 0
    printf 'config-of\t%s\t%s\n' "$w_id" "$w_named"
    case $w_line$w_configs$w_line in
        *"$w_line$w_named$w_line"*) ;;
        *) w_configs=$w_configs${w_configs:+$w_line}$w_named ;;
    esac
}

# w_member PID: a process of the unit at hand.
w_member() {
    printf 'process\t%s\t%s\n' "$1" "$w_id"
    w_pids="$w_pids $1"
}

# w_members: the processes in the unit's control group and those right below it.
w_members() {
    [ -n "$w_group" ] || return 0
    for w_mount in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
        [ ! -r "$w_mount$w_group/cpu.stat" ] || w_usages="$w_usages $w_mount$w_group/cpu.stat"
        if [ -n "$w_done" ] || [ ! -r "$w_mount$w_group/cgroup.procs" ]; then continue; fi
        w_done=yes
        for w_list in "$w_mount$w_group/cgroup.procs" "$w_mount$w_group"/*/cgroup.procs; do
            [ -r "$w_list" ] || continue
            while read -r w_pid; do w_member "$w_pid"; done <"$w_list"
        done
    done
}

# w_unit: the unit at hand has been shown to its end.
w_unit() {
    [ -n "$w_id" ] || return 0
    [ -z "$w_sidekiq" ] || w_config
    w_done=
    w_members
    [ -n "$w_done" ] || [ "${w_main:-0}" = 0 ] || w_member "$w_main"
}

# w_next: no unit is at hand.
w_next() {
    w_id=
    w_group=
    w_main=
    w_directory=
    w_named=
    w_required=
    w_sidekiq=
}

# w_units: what the units name.
w_units() {
    w_pids=
    w_usages=
    w_files=
    w_configs=
    w_next
    while IFS= read -r w_shown_line; do
        case $w_shown_line in
            Id=*) w_id=${w_shown_line#*=} ;;
            ControlGroup=*) w_group=${w_shown_line#*=} ;;
            MainPID=*) w_main=${w_shown_line#*=} ;;
            WorkingDirectory=*)
                w_directory=${w_shown_line#*=}
                w_directory=${w_directory#[!/]}
                ;;
            EnvironmentFiles=*)
                w_pattern=${w_shown_line#*=}
                w_pattern=${w_pattern% (ignore_errors=*}
                # It may be a glob, where a blank is a blank.
                w_ifs=$IFS
                IFS=
                for w_path in $w_pattern; do
                    printf 'env-file\t%s\n' "$w_path"
                    [ ! -f "$w_path" ] || w_add "$w_path"
                done
                IFS=$w_ifs
                ;;
            FragmentPath=/*) w_add "${w_shown_line#*=}" ;;
            DropInPaths=/*) for w_path in ${w_shown_line#*=}; do w_add "$w_path"; done ;;
            "word$w_tab"*)
                w_sidekiq=yes
                case $w_shown_line in
                    *"$w_tab-C "* | *"$w_tab--config "*) w_named=${w_shown_line##* } ;;
                    *"$w_tab--config="*) w_named=${w_shown_line#*=} ;;
                    *"$w_tab-r "* | *"$w_tab--require "*) w_required=${w_shown_line##* } ;;
                    *"$w_tab--require="*) w_required=${w_shown_line#*=} ;;
                esac
                ;;
            end)
                w_unit
                w_next
                printf 'end-of-unit\n'
                continue
                ;;
        esac
        printf 'unit\t%s\n' "$w_shown_line"
    done <<SHOWN
$w_shown
end
SHOWN
}

# w_each FORMAT: a word for each process.
w_each() {
    # shellcheck disable=SC2059,SC2086 # a list of words
    printf "$1" $w_pids
}

# w_sample: what everything has used up to now.
w_sample() {
    read -r w_uptime _ </proc/uptime
    printf 'sample\t%s\n' "$w_uptime"
    # shellcheck disable=SC2002,SC2046 # a list of words
    cat $(w_each ' /proc/%s/stat') 2>/dev/null | w_lead stat
    # shellcheck disable=SC2086 # a list of words
    [ -z "$w_usages" ] || grep -H -e '^usage_usec ' $w_usages 2>/dev/null | w_lead usage
}

# w_read: what files say: env files, the options of Sidekiq, and when each last changed.
w_read() {
    w_ifs=$IFS
    IFS=$w_line
    set -f
    # shellcheck disable=SC2086 # a list of lines
    if [ -n "$w_files" ]; then
        grep -a -H -Z -E -e "^[[:blank:]]*($w_keys)[[:blank:]]*=" -- $w_files 2>/dev/null | tr '\000' "$w_tab" | w_lead set
        stat -c "changed$w_tab%Z$w_tab%n" -- $w_files 2>/dev/null
    fi
    for w_path in $w_configs; do
        # shellcheck disable=SC1003 # no quote is escaped
        sed -n -E -e '/^:?(concurrency|timeout):/p' -e '/^:?queues:/,/^:?[A-Za-z_]+:/{' \
            -e '/^:?queues:[[:blank:]]*(\[.*)?$/p' -e '/^[[:blank:]]*-[[:blank:]]/p' -e '}' -- "$w_path" 2>/dev/null |
            sed -e "s|^|option$w_tab$(printf '%s' "$w_path" | sed -e 's/[|&\\]/\\&/g')$w_tab|"
        stat -c "changed$w_tab%Z$w_tab%n" -- "$w_path" 2>/dev/null
    done
    set +f
    IFS=$w_ifs
}

# w_processes: of each process the wanted settings. A Sidekiq process writes its title over its command line.
w_processes() {
    # shellcheck disable=SC2046 # a list of words
    grep -z -a -H -E -e "^($w_keys|INVOCATION_ID)=" $(w_each ' /proc/%s/environ') /dev/null 2>/dev/null |
        tr '\n\000' '\001\n' | sed -n -e "s|^/proc/\\([0-9]*\\)/environ:|environ$w_tab\\1$w_tab|p"
    # shellcheck disable=SC2046 # a list of words
    w_some=$(grep -z -a -l -E -e '(^|/)sidekiq(swarm)?$|^sidekiq [0-9]' $(w_each ' /proc/%s/cmdline') /dev/null 2>/dev/null |
        tr '\000' '\n')
    if [ -n "$w_some" ]; then
        # shellcheck disable=SC2086 # a list of words
        grep -z -a -H -e . $w_some /dev/null 2>/dev/null | tr '\n\000' '\001\n' |
            sed -n -E -e "s|^/proc/([0-9]+)/cmdline:|word$w_tab\\1$w_tab|" \
                -e "s/^word(${w_tab}[0-9]+$w_tab)sidekiq ([0-9][0-9A-Za-z.]*) .*\\[([0-9]+) of ([0-9]+) busy\\]( stopping)?.*\$/title\\1\\2$w_tab\\3$w_tab\\4$w_tab\\5/p;t" \
                -e "/^word$w_tab/p" | w_wanted
    fi
    # shellcheck disable=SC2046 # a list of words
    grep -H -e '^VmRSS:' $(w_each ' /proc/%s/status') /dev/null 2>/dev/null |
        sed -n -E -e "s|^/proc/([0-9]+)/status:VmRSS:[[:blank:]]*([0-9]+) kB\$|resident$w_tab\\1$w_tab\\2|p"
}

# w_machine: what the host is.
w_machine() {
    read -r w_name </proc/sys/kernel/hostname
    printf 'host\t%s\t%s\t%s\n' "$w_name" "$(nproc)" "$(sed -n -e 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo)"
    sed -n -e '/|--/h' -e "/ host LOCAL\$/{x;s/^.*|-- \\([0-9.]*\\)\$/address$w_tab\\1/p;x;}" /proc/net/fib_trie 2>/dev/null
    sed -n -e "s/^\\([0-9a-f]\\{32\\}\\) .*/address$w_tab\\1/p" /proc/net/if_inet6 2>/dev/null
    read -r w_uptime _ </proc/uptime
    printf 'clock\t%s\t%s\n' "$(date +%s)" "$w_uptime"
}

# fleet_workers ROOT KEYS TEMPLATE…: KEYS are parted by `|`.
fleet_workers() {
    w_root=$1
    w_keys=$2
    shift 2
    w_found=
    w_enabled=
    for w_template; do
        shift
        # Patterns that systemctl(1) matches as glob(7), where a backslash is no letter.
        w_pattern=${w_template%.service}
        case $w_pattern in *\\*) w_pattern=$(printf '%s' "$w_pattern" | sed -e 's/\\/\\\\/g') ;; esac
        set -- "$@" "$w_pattern*.service"
        for w_dir in "$w_root/etc/systemd/system" "$w_root/run/systemd/system" "$w_root/usr/local/lib/systemd/system" \
            "$w_root/usr/lib/systemd/system" "$w_root/lib/systemd/system"; do
            # A link to /dev/null masks it.
            [ ! -s "$w_dir/$w_template" ] || w_found="${w_found}template$w_tab$w_template$w_line"
            for w_link in "$w_dir"/*.wants/"${w_template%.service}"*.service "$w_dir"/*.requires/"${w_template%.service}"*.service \
                "$w_dir"/*.upholds/"${w_template%.service}"*.service; do
                [ -L "$w_link" ] || [ -e "$w_link" ] || continue
                w_name=${w_link##*/}
                w_found="${w_found}enabled$w_tab$w_name$w_line"
                case " $w_enabled " in *" $w_name "*) ;; *) w_enabled="$w_enabled $w_name" ;; esac
            done
        done
    done
    # shellcheck disable=SC2086 # a list of words
    w_show "$@" $w_enabled || return 1
    w_machine
    printf '%s' "$w_found"
    w_units
    if [ -n "$w_pids" ]; then
        w_sample
        w_processes
        w_read
        # CPU time counts in ticks of 10 ms.
        sleep 0.5 2>/dev/null || sleep 1
        w_sample
    else
        w_read
    fi
    printf 'done\n'
}
