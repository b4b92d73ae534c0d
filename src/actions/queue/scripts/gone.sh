# shellcheck shell=sh
# Whether the connections of ended units are gone, as the database has them: behind database.sh, as the body of a function.
# USER PORT MOST LEFT=UNIT…: by the names that they give themselves, of which so many may be left, and all together.

user=$1
port=$2
most=$3
shift 3
case $most in
    '' | *[!0-9]*)
        printf '%s is no number of connections\n' "$most"
        return 1
        ;;
esac
allowed=
for pair; do
    case $pair in
        *[!A-Za-z0-9:_.\\@=-]*)
            printf '%s is no name of a unit\n' "$pair"
            return 1
            ;;
    esac
    unit=${pair#*=}
    # `application_name` is cut at 63 bytes (NAMEDATALEN).
    allowed="$allowed${allowed:+, }(${pair%%=*}, left('$unit', 63)), (${pair%%=*}, left('${unit%.service}', 63))"
done
clients="FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
open=$(fleet_database "$user" "$port" "
    WITH open AS (SELECT application_name AS name, count(*) $clients GROUP BY 1)
    SELECT format('%s has %s connections open', name, count) FROM open JOIN (VALUES $allowed) AS allowed(most, unit) ON name = unit
        WHERE count > most
    UNION ALL SELECT format('%s connections are open, and at most $most may be', sum(count)) FROM open HAVING sum(count) > $most" 2>&1) || {
    printf '%s\n' "$open"
    return 1
}
[ -z "$open" ] || {
    printf '%s\n' "$open" | head -n 3
    return 1
}
