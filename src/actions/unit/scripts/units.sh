# shellcheck shell=sh
# How units of systemd stand, what their files are and when these last changed: read-only. Records are words parted by
# tabs; those of a unit follow the line `unit`, in the order in which units were asked for.

u_tab=$(printf '\t')

# u_extra PATTERN…: drop-ins of fleet's, by the form of their names.
u_extra() {
    for u_path; do
        # A pattern without a match stands for itself; a link is no work of fleet's.
        if [ ! -f "$u_path" ] || [ -L "$u_path" ]; then continue; fi
        case ${u_path##*/} in *[!A-Za-z0-9_.-]*) continue ;; esac
        u_stat=$(stat -c "%a$u_tab%U:%G$u_tab%u:%g$u_tab%s" -- "$u_path") || continue
        [ "${u_stat##*"$u_tab"}" -le 1048576 ] || continue
        printf 'drop-in\t%s\t%s\t%s\t%s\n' "$u_path" "$(readlink -f -- "$u_path")" "${u_stat%"$u_tab"*}" \
            "$(base64 -w 0 <"$u_path")"
    done
}

# fleet_units ROOT UNIT…
fleet_units() {
    u_root=$1
    shift
    printf 'clock\t%s\t' "$(date +%s.%N)"
    cut -d ' ' -f 1 /proc/uptime
    u_shown=$(systemctl show -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p NeedDaemonReload -p Result \
        -p CanReload -p FragmentPath -p DropInPaths -p ActiveEnterTimestampMonotonic -p InactiveExitTimestampMonotonic \
        -p StateChangeTimestampMonotonic -p ExecMainStartTimestampMonotonic -p ExecMainExitTimestampMonotonic \
        -p ExecMainStatus -- "$@" 2>&1) || {
        printf '%s\n' "$u_shown"
        return 1
    }
    printf 'unit\n'
    u_files=
    while IFS= read -r u_line; do
        case $u_line in
            '')
                printf 'unit\n'
                continue
                ;;
            FragmentPath=/* | DropInPaths=/*) u_files="$u_files ${u_line#*=}" ;;
        esac
        printf 'is\t%s\n' "$u_line"
    done <<SHOWN
$u_shown
SHOWN
    # shellcheck disable=SC2086 # a list of words
    [ -z "$u_files" ] || stat -L -c "file$u_tab%.9Y$u_tab%n" -- $u_files 2>/dev/null
    for u_unit; do u_extra "$u_root/etc/systemd/system/$u_unit.d"/50-fleet-*.conf; done
    printf 'done\n'
}
