# shellcheck shell=sh
# Whether so many processes work, as they told Redis: behind redis.sh, as the body of a function.
# COUNT PORT DATABASE PASSWORD-FILE PASSWORD-KEY, then the arguments of works.lua.

wanted=$1
port=$2
database=$3
path=$4
key=$5
shift 5
found=$(fleet_redis "$port" "$database" "$path" "$key" "$(works_lua)" "$@" 2>&1) || {
    printf '%s\n' "$found"
    return 1
}
case $found in
    '' | *[!0-9]*)
        printf 'Redis says: %s\n' "$found"
        return 1
        ;;
esac
[ "$found" -ge "$wanted" ] || {
    printf '%s of %s work\n' "$found" "$wanted"
    return 1
}
