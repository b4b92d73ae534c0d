# shellcheck shell=sh
# What `fleet queue` asks Redis, on its host, in one read-only script; read by read/redis.rs.

# r_password PATH KEY: of an env file, or the first line where no key is named.
r_password() {
    if [ ! -r "$1" ]; then
        echo "the file with the password of Redis, $1, is not there, or this log-in may not read it"
        return 1
    fi
    if [ -n "$2" ]; then
        REDISCLI_AUTH=$(sed -n -e "s/^[[:blank:]]*\\(export[[:blank:]]\\{1,\\}\\)\\{0,1\\}$2[[:blank:]]*=[[:blank:]]*//p" -- "$1" |
            tail -n 1 | sed -e 's/[[:space:]]*$//' -e "s/^\"\\(.*\\)\"\$/\\1/" -e "s/^'\\(.*\\)'\$/\\1/")
    else
        IFS= read -r REDISCLI_AUTH <"$1" || [ -n "$REDISCLI_AUTH" ] || :
    fi
    if [ -z "$REDISCLI_AUTH" ]; then
        echo "the file with the password of Redis, $1, does not hold it"
        return 1
    fi
    # Never as an argument, which everybody on the host sees.
    export REDISCLI_AUTH
}

# fleet_redis PORT DATABASE PASSWORD-FILE PASSWORD-KEY LUA ARGUMENT…: the file may be empty, the key too.
fleet_redis() {
    r_client=$(command -v redis-cli) || r_client=$(command -v valkey-cli) || {
        echo "there is no redis-cli on this host"
        return 1
    }
    r_port=$1
    r_database=$2
    r_lua=$5
    unset REDISCLI_AUTH
    [ -z "$3" ] || r_password "$3" "$4" || return 1
    shift 5
    set -- "$r_client" --no-auth-warning -p "$r_port" -n "$r_database" EVAL "$r_lua" 0 "$@"
    if command -v timeout >/dev/null; then timeout 20 "$@"; else "$@"; fi
}
