# shellcheck shell=sh disable=SC2154
# A part of the host-side executor, see executor.sh: what stands at the targets, the new files beside them, the switch,
# and the way back.
# A new directory is made while staging, so that files can be staged in it, and goes back whole: nothing in it has a way
# back of its own, see `roots` in compile.rs.
# Set elsewhere: run, salt: the transaction; spool, lost: executor.sh.

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

is_directory() { [ -d "$1" ] && [ ! -L "$1" ]; }

# resolve PATH: with all links in what is there of it resolved.
resolve() {
    place=$1 rest=
    # Where more than the last name is missing, or a link leads nowhere, readlink says nothing.
    until real=$(readlink -f -- "$place"); do
        rest=/${place##*/}$rest
        place=${place%/*}
        place=${place:-/}
    done
    printf '%s%s' "${real%/}" "$rest"
}

# expect_path NUMBER KIND PATH RESOLVED [DIGEST MODE OWNER | TARGET]
expect_path() {
    # The last name of a link is its own.
    case $2 in
        link) leads=$(resolve "$(dirname -- "$3")")/${3##*/} ;;
        *) leads=$(resolve "$3") ;;
    esac
    [ "$leads" = "$4" ] || fail host-changed "$3 leads to another place than when the plan was made"
    if [ "$2" = link ]; then
        [ "$(readlink -- "$4")" = "$5" ] || fail host-changed "$3 points elsewhere than when the plan was made"
        return 0
    fi
    if [ "$2" = directory ]; then
        is_directory "$4" || fail host-changed "$3 is no longer there as a directory"
        return 0
    fi
    if [ "$2" = absent ]; then
        ! exists "$4" || fail host-changed "$3 was not there when the plan was made, and is now"
        return 0
    fi
    [ -f "$4" ] || fail host-changed "$3 is no longer there as a regular file"
    [ "$(salted "$4")" = "$5" ] || fail host-changed "$3 has other content than when the plan was made"
    [ "$(mode_of "$4")" = "$6" ] || fail host-changed "$3 has another mode than when the plan was made"
    [ "$(owner_of "$4")" = "$7" ] || fail host-changed "$3 has another owner than when the plan was made"
}

# refuse_mount NUMBER KIND PATH MOUNTINFO_PATH …: rename(2) cannot replace what is mounted, and what is mounted in a
# directory would be emptied with it.
refuse_mount() {
    [ "$2" != directory ] || return 0
    while read -r _ _ _ _ mounted _; do
        [ "$mounted" != "$4" ] || fail not-replaceable "$3 is a mount point, which a rename cannot replace"
        case $2.$mounted in
            remove-directory."$4"/*) fail not-replaceable "something is mounted in $3" ;;
        esac
    done </proc/self/mountinfo
}

# --- staging -------------------------------------------------------------------------------------------------------

# A directory of our own beside the target: on the same filesystem, and nobody else can reach into it, even where the
# target's own directory belongs to an application.
stage_dir() { printf '%s/.fleet-%s' "${1%/*}" "${run:?}"; }

# is_in PLACE: whether this is where we are. Asked from within: whoever owns a directory on the way can put a link in its
# place at any moment, but not lead away who is there already.
is_in() { [ "$(pwd -P)" = "$1" ]; }

# enter STAGE_DIR: from there on, the target is `../NAME`.
enter() { cd -P -- "$1" && is_in "$1" && [ "$(stat -c %u:%a .)" = 0:700 ]; }

# enter_stage PATH: makes it where it is missing.
enter_stage() {
    dir=$(stage_dir "$1")
    if [ ! -d "$dir" ]; then
        parent=${1%/*}
        cd -P -- "${parent:=/}" || fail not-writable "cannot enter $parent"
        is_in "$parent" || fail host-changed "$parent leads to another place than when the plan was made"
        mkdir -m 0700 -- "${dir##*/}" || fail not-writable "cannot write in $parent"
    fi
    enter "$dir" || fail not-writable "$dir is not ours"
}

# refuse_attributes FILE PATH: attributes that a new file would silently lose, where the host can tell them.
refuse_attributes() {
    command -v lsattr >/dev/null || return 0
    flags=$(lsattr -d -- "$1" 2>/dev/null) || return 0
    flags=${flags%% *}
    case $flags in
        *i*) fail not-replaceable "$2 is immutable (chattr +i)" ;;
        *a*) fail not-replaceable "$2 is append-only (chattr +a)" ;;
        *[!-eNV]*) fail not-replaceable "$2 has the attributes $flags, which a new file would not have" ;;
    esac
}

# refuse_stuck DIRECTORY PATH: what is immutable in it could not be removed once the directory is.
refuse_stuck() {
    command -v lsattr >/dev/null || return 0
    for stuck in "$(lsattr -d -- "$1" 2>/dev/null)" "$(lsattr -R -a -- "$1" 2>/dev/null | grep -e '^[^ ]*[ia][^ ]* ')"; do
        case ${stuck%% *} in
            *[ia]*) fail not-replaceable "$2, or something in it, is immutable or append-only (chattr)" ;;
        esac
    done
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

# stage_directory NUMBER PATH MODE OWNER: makes it, and leaves NUMBER.absent: with that, and without NUMBER.new, it is ours.
stage_directory() {
    ! exists "../${2##*/}" || fail host-changed "$2 was not there when the plan was made, and is now"
    mkdir -m 0700 -- "$1.new" || fail not-writable "cannot write beside $2"
    # chown clears bits, so it comes first.
    [ -z "$4" ] || chown -- "$4" "$1.new" || fail stage-failed "cannot give $2 to $4"
    [ -z "$3" ] || chmod -- "$3" "$1.new" || fail stage-failed "cannot set mode $3 on $2"
    empty "$1.absent" || fail stage-failed "cannot write beside $2"
    sync -- "$1.new" . .. || fail stage-failed "cannot bring $2 to the disk"
    # Where the staging directory is not there at boot, this tells that something was made beside it.
    mark "$1.made"
    rename "$1.new" "../${2##*/}" || fail stage-failed "cannot make $2"
    sync -- . .. || fail stage-failed "cannot bring $2 to the disk"
}

# stage NUMBER KIND PATH MOUNTINFO_PATH [DIGEST MODE OWNER | TARGET | new MODE OWNER | kept]
# Leaves in the staging directory NUMBER.new, and NUMBER.old or NUMBER.absent; of a directory that is to go, NUMBER.inode.
stage() {
    step stage "$1"
    case $2 in
        directory)
            if [ "$5" = kept ]; then
                is_directory "$3" || fail host-changed "$3 is no longer there as a directory"
                return 0
            fi
            enter_stage "$3"
            stage_directory "$1" "$3" "$6" "$7"
            cd /
            return 0
            ;;
        remove-directory)
            enter_stage "$3"
            is_directory "../${3##*/}" || fail host-changed "$3 is no longer there as a directory"
            refuse_stuck "../${3##*/}" "$3"
            note_old "$1" "../${3##*/}" "$3"
            stat -c %i -- "../${3##*/}" >"$1.inode" || fail stage-failed "cannot write beside $3"
            sync -- "$1.inode" . .. || fail stage-failed "cannot write beside $3"
            cd /
            return 0
            ;;
    esac
    enter_stage "$3"
    target=../${3##*/}
    if [ -L "$target" ]; then
        ln -s -- "$(readlink -- "$target")" "$1.old" || fail stage-failed "cannot keep the old $3"
    elif [ -e "$target" ]; then
        [ -f "$target" ] || fail not-replaceable "$3 is not a regular file"
        refuse_attributes "$target" "$3"
        # The old file itself, not a copy: putting it back restores its every attribute. From here on it is looked at
        # by this name, which whoever owns the directory cannot lead elsewhere.
        ln -- "$target" "$1.old" || fail not-replaceable "$3 cannot be replaced"
        if [ -L "$1.old" ] || [ ! -f "$1.old" ]; then fail host-changed "$3 is no longer a regular file"; fi
        # Root's own, under our umask: owner and mode stand in the record.
        cp -- "$1.old" "$spool/$1.before" || fail stage-failed "cannot keep a copy of $3"
        note_old "$1" "$1.old" "$3"
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
            # A key that the host made itself is known to nobody else.
            whole=${5:-$("content_$1" | salted -)}
            [ "$(salted "$1.new")" = "$whole" ] || fail stage-failed "the new $3 is not whole"
            # Another owner or mode is no other content: its date stays, by which readers are judged.
            if [ -f "$1.old" ] && [ ! -L "$1.old" ] && [ "$(salted "$1.old")" = "$whole" ]; then
                touch -r "$1.old" -- "$1.new" || fail stage-failed "cannot keep the date of $3"
            fi
            sync -- "$1.new" || fail stage-failed "cannot bring the new $3 to the disk"
            note_left "$1" "$3"
            ;;
        link) ln -s -- "$5" "$1.new" || fail stage-failed "cannot write the new $3" ;;
    esac
    sync -- . .. || fail stage-failed "cannot bring the new $3 to the disk"
    cd /
}

# keep PATH OFFSET LENGTH: bytes of the file as it stands.
keep() { tail -c "+$(($2 + 1))" -- "$1" | head -c "$3"; }

# --- switching and undoing -----------------------------------------------------------------------------------------

# rename OLD NEW: of a directory, by rename(2) or not at all. Where a file system cannot do it (overlayfs, of a directory
# of a lower layer), mv copies and then removes; without leave to write a byte it does neither.
rename() {
    # shellcheck disable=SC3045 # POSIX.1-2024 has it, as dash, bash and busybox do
    problem=$({ ulimit -S -c 0 && ulimit -S -f 0 && exec mv -T -f -- "$1" "$2"; } 2>&1) && return 0
    printf '%s\n' "$problem" >&2
    return 1
}

# switch NUMBER KIND PATH …
switch() {
    step switch "$1"
    [ "$2" != directory ] || return 0
    [ "$2" != remove-directory ] || refuse_mount "$@"
    enter "$(stage_dir "$3")" || fail switch-failed "$(stage_dir "$3") is no longer there as it was"
    case $2 in
        remove-directory) rename "../${3##*/}" "$1.old" || fail switch-failed "cannot move $3 out of the way" ;;
        remove) rm -- "../${3##*/}" || fail switch-failed "cannot remove $3" ;;
        *) mv -T -f -- "$1.new" "../${3##*/}" || fail switch-failed "cannot replace $3" ;;
    esac
    cd /
}

sync_parent() { sync -- "$(dirname -- "$3")"; }

# put_back NUMBER KIND PATH …: right after any part of `switch`, and after any part of itself.
put_back() {
    [ ! -e "$spool/undone" ] || return 0
    # A new directory is there before anything is switched.
    case $2 in
        directory) [ -e "$spool/$1.made" ] || return 0 ;;
        *) [ -e "$spool/switching" ] || return 0 ;;
    esac
    # Nobody removes it before all is undone: its file system is not mounted, or somebody was here.
    if enter "$(stage_dir "$3")"; then
        put_back_here "$1" "$2" "../${3##*/}" || lost="$lost $3"
    else
        lost="$lost $3"
    fi
    cd /
}

# put_back_here NUMBER KIND TARGET: in the staging directory; false where it could not be.
put_back_here() {
    case $2 in
        directory)
            if exists "$1.new" || ! exists "$3"; then return 0; fi
            rename "$3" "$1.new"
            return
            ;;
        remove-directory)
            is_directory "$1.old" || return 0
            # A copy that was begun is another directory, and the old one is still where it was.
            [ "$(stat -c %i -- "$1.old")" = "$(cat "$1.inode")" ] || return 0
            rename "$1.old" "$3"
            return
            ;;
        remove) ! is_same "$3" "$1.old" || return 0 ;;
        *) ! exists "$1.new" || return 0 ;;
    esac
    if exists "$1.old"; then
        mv -T -f -- "$1.old" "$3"
    elif [ -e "$1.absent" ]; then
        rm -f -- "$3"
    fi
}

# is_same PATH OLD: whether the path still holds what was kept: the very file, or a link with the same text.
is_same() {
    if [ -L "$2" ]; then
        [ -L "$1" ] && [ "$(readlink -- "$1")" = "$(readlink -- "$2")" ]
    else
        [ -e "$1" ] && [ "$(stat -c %d:%i -- "$1")" = "$(stat -c %d:%i -- "$2")" ]
    fi
}

# clear_stage NUMBER KIND PATH …
clear_stage() {
    # Where something could not be put back, the old file stays for a person to find.
    [ -z "$lost" ] || return 0
    # It may have been beside others in a new directory that went back.
    [ -d "$(stage_dir "$3")" ] || return 0
    rm -rf -- "$(stage_dir "$3")"
    sync_parent "$@"
}
