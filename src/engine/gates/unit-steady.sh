# shellcheck shell=sh
# Whether a unit is active and stays so without a restart: the body of a function. UNIT SECONDS.

unit=$1
seconds=$2
case $seconds in
    '' | *[!0-9]*)
        printf '%s is no number of seconds\n' "$seconds"
        return 1
        ;;
esac
unit_property() {
    systemctl show -p "$1" -- "$unit" | sed -n -e "s/^$1=//p"
}
# Another invocation is another start, whoever asked for it; older versions of systemd count their own restarts alone.
unit_start() {
    printf '%s %s' "$(unit_property InvocationID)" "$(unit_property NRestarts)"
}
start=$(unit_start)
step=$((seconds / 30 + 1))
passed=0
while :; do
    state=$(unit_property ActiveState)
    case $state in
        active | reloading) ;;
        *)
            printf '%s is %s (%s) after %s s\n' "$unit" "${state:-unknown}" "$(unit_property SubState)" "$passed"
            return 1
            ;;
    esac
    now=$(unit_start)
    if [ "$now" != "$start" ]; then
        printf '%s was started anew within %s s; systemd restarted it %s times\n' "$unit" "$passed" "${now##* }"
        return 1
    fi
    [ "$passed" -lt "$seconds" ] || break
    sleep "$step"
    passed=$((passed + step))
done
printf '%s is active, and was not started anew for %s s\n' "$unit" "$passed"
