# shellcheck shell=sh disable=SC2154
# What a host tells of one run that it keeps (see kept_answer.rs): a probe's own text, which runs behind observe.sh.
# `kept_run` is set before it; `salt` is the controller's. Of contents it tells digests alone.

kept_root=/var/lib/fleet

# put WORDS…: a line as it is; echo would take a backslash in it for its own in some shells.
put() { printf '%s\n' "$*"; }

plain() { sha256sum <"$1" | cut -c 1-64; }

ours() { { printf '%s' "$salt" && cat -- "$1"; } | sha256sum | cut -c 1-64; }

mode_and_owner() {
    owner=$(stat -c %U:%G -- "$1")
    case $owner in *UNKNOWN*) owner=$(stat -c %u:%g -- "$1") ;; esac
    printf '%04o %s' "0$(stat -c %a -- "$1")" "$owner"
}

# tree NUMBER TOP PATH: all that is below, each with its place below TOP.
tree() {
    for entry in "$3"/* "$3"/.[!.]* "$3"/..?*; do
        if [ ! -e "$entry" ] && [ ! -L "$entry" ]; then continue; fi
        case $entry in
            *"$newline"*)
                put "odd $1"
                continue
                ;;
        esac
        if [ -L "$entry" ]; then
            put "tree-link $1 ${entry#"$2"/}"
            put "target $(readlink -- "$entry")"
        elif [ -d "$entry" ]; then
            put "tree-directory $1 $(mode_and_owner "$entry") ${entry#"$2"/}"
            tree "$1" "$2" "$entry"
        elif [ -f "$entry" ]; then
            put "tree-file $1 $(mode_and_owner "$entry") $(plain "$entry") $(ours "$entry") ${entry#"$2"/}"
        else
            put "odd $1"
        fi
    done
}

# kept DIRECTORY: what one transaction left.
kept() {
    [ -s "$1/record" ] && read -r outcome _ <"$1/outcome" && [ "$outcome" = applied ] || return 0
    put "run ${1##*/}"
    put "record $(cat "$1/record")"
    for old in "$1"/[0-9]*.before; do
        [ ! -f "$old" ] || { number=${old##*/} && put "before ${number%.before} $(plain "$old") $(ours "$old")"; }
    done
    while read -r number digest mode owner path; do
        put "left $number $digest $mode $owner"
        # Ours first: where the file changes in between, the two do not agree, and it is taken for changed.
        if [ -f "$path" ] && digest=$(ours "$path"); then put "now $(plain "$path") $digest"; fi
    done <"$1/left"
    if [ -e "$1/units.before" ]; then
        put units
        sed -e 's/^/unit /' "$1/units.before"
    fi
    for old in "$1"/[0-9]*.tree; do
        [ -d "$old" ] || continue
        number=${old##*/}
        put "tree ${number%.tree} $(mode_and_owner "$old")"
        tree "${number%.tree}" "$old" "$old"
    done
}

# What the journal says of the run, and which runs came after it.
told() {
    [ -r "$kept_root/journal" ] || return 0
    grep -F -e "\"run\":\"$kept_run\"" -e "\"run\":\"$kept_run." "$kept_root/journal" |
        sed -n -e 's/.*"run":"\([A-Za-z0-9.-]*\)".*"outcome":"\([a-z-]*\)","reason":".*/told \1 \2/p'
    sed -n -e "/\"run\":\"${kept_run}[\".]/,\$p" "$kept_root/journal" | tail -n 40 | sed -e 's/^/later /'
}

tell_kept() {
    [ -e "$kept_root" ] || return 0
    if [ ! -r "$kept_root" ] || [ ! -x "$kept_root" ]; then
        put 'this log-in may not look there'
        return 1
    fi
    for directory in "$kept_root/runs/$kept_run" "$kept_root/runs/$kept_run".*; do
        kept "$directory"
    done
    told
}

tell_kept
