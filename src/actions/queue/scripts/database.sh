# shellcheck shell=sh
# What `fleet queue` asks PostgreSQL, on its host, through its own socket; read by read/database.rs.

# fleet_database USER PORT SQL: as this user of the host; the port may be empty.
fleet_database() {
    # psql complains where it may not be.
    cd / || return 1
    command -v psql >/dev/null || {
        echo "there is no psql on this host"
        return 1
    }
    d_user=$1
    d_sql=$3
    set -- psql -X -A -t -q -w -d postgres ${2:+-p "$2"} -v ON_ERROR_STOP=1 -c "$d_sql"
    if [ "$(id -u -n)" != "$d_user" ]; then
        if [ "$(id -u)" != 0 ]; then
            echo "PostgreSQL is asked as $d_user, and this log-in is neither that user nor root"
            return 1
        fi
        set -- runuser -u "$d_user" -- "$@"
    fi
    PGAPPNAME=fleet PGCONNECT_TIMEOUT=10 \
        PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=10000' "$@"
}
