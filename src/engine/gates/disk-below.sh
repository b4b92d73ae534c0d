# shellcheck shell=sh
# Whether less than so many percent of a file system are used, and of its inodes: the body of a function. PATH PERCENT.

path=$1
most=$2
case $most in
    '' | *[!0-9]*)
        printf '%s is no number of percent\n' "$most"
        return 1
        ;;
esac
[ -e "$path" ] || {
    printf '%s is not there\n' "$path"
    return 1
}
# Of the lines of df(1) the share alone: the last word of its form, as the name of what is mounted may hold anything.
disk_share() {
    df -P "$@" -- "$path" | sed -n -e '$s/^.*[[:space:]]\([0-9][0-9]*\)%[[:space:]].*$/\1/p'
}
used=$(disk_share)
[ -n "$used" ] || {
    printf 'df says no share of %s\n' "$path"
    return 1
}
# Not every file system counts its inodes, and not every df knows to ask.
inodes=$(disk_share -i)
seen="$used % of $path used${inodes:+, and $inodes % of its inodes}"
printf '%s\n' "$seen"
[ "$used" -lt "$most" ] && [ "${inodes:-0}" -lt "$most" ]
