# shellcheck shell=sh disable=SC2154
# A part of the host-side executor, see executor.sh: what stays of a run, so that it can be planned backwards. All of it
# lies in the run's directory, which root alone can enter:
#   record        what was done, from the controller (see kept.rs); no content
#   NUMBER.before the old version of a file that was replaced or removed
#   NUMBER.tree   a directory that was removed, where it is small
#   old           NUMBER MODE OWNER PATH of what was replaced or removed
#   left          NUMBER SHA256 MODE OWNER PATH of each file that was written
#   units.before  NAME ACTIVE ENABLED INVOCATION of each unit that was operated on
# Set elsewhere: spool: executor.sh.

# expect_kept NUMBER FILE MODE OWNER PATH: what is to be put back is still there, and goes where it came from, as it was
# there: nobody gets to see an old secret by this.
expect_kept() {
    if [ -L "$2" ] || [ ! -f "$2" ]; then fail kept-missing "$2 is not kept any more"; fi
    within=${2#"$fleet_root"/runs/*/}
    origin=${2%"/$within"}
    was="$3 $4 $5"
    case $within in
        *.before) from=${within%.before} ;;
        *)
            from=${within%%.tree/*}
            [ "$was" = "$(mode_of "$2") $(owner_of "$2") $5" ] || fail bad-plan "$5 had another mode or owner"
            # Of the directory, only its place is to be found again.
            was=${5%"/${within#*/}"}
            ;;
    esac
    while read -r number mode owner path; do
        [ "$number" = "$from" ] || continue
        case $was in "$mode $owner $path" | "$path") return 0 ;; esac
    done <"$origin/old"
    fail bad-plan "$2 is not the old version of $5"
}

begin_record() {
    { record >"$spool/record" && empty "$spool/old" && empty "$spool/left"; } || fail stage-failed "cannot write $spool"
}

# note_old NUMBER OLD PATH
note_old() {
    printf '%s %s %s %s\n' "$1" "$(mode_of "$2")" "$(owner_of "$2")" "$3" >>"$spool/old" ||
        fail stage-failed "cannot write $spool"
}

# note_left NUMBER PATH: in the staging directory, of the file that will stand there.
note_left() {
    printf '%s %s %s %s %s\n' "$1" "$(sha256sum <"$1.new" | cut -c 1-64)" "$(mode_of "$1.new")" "$(owner_of "$1.new")" \
        "$2" >>"$spool/left" || fail stage-failed "cannot write $spool"
}

# keep_units: the run has happened, so that a full disk is no reason to fail: then nothing is kept of them.
keep_units() {
    if units_before >"$spool/units.new"; then
        mv -T -f "$spool/units.new" "$spool/units.before"
    else
        rm -f "$spool/units.new"
    fi
}

units_before() {
    for noted in "$spool"/unit.*; do
        [ -e "$noted" ] || continue
        { read -r state <"$noted" && printf '%s %s\n' "${noted##*/unit.}" "$state"; } || return 1
    done
}

# keep_removed NUMBER KIND PATH …: a directory that was removed, up to 1 MiB and 200 names, where one rename does it.
keep_removed() {
    [ "$2" = remove-directory ] || return 0
    if enter "$(stage_dir "$3")" && is_directory "$1.old" && is_small "$1.old"; then rename "$1.old" "$spool/$1.tree"; fi
    cd /
}

is_small() {
    kib=$(du -s -k -- "$1" | cut -f 1)
    # shellcheck disable=SC2012 # a name with a line break counts twice, which does no harm
    [ "${kib:-9999}" -le 1024 ] && [ "$(ls -A -R -- "$1" | wc -l)" -le 200 ]
}
