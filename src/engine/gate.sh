# shellcheck shell=sh
# What the controller runs over SSH to look at something on a host: the gate's own text is the function `gate`, see gate.rs.

# fleet_gate END: tells the exit code, then what was printed, each line marked.
fleet_gate() {
    [ "$1" = end ] || exit 1
    LC_ALL=C
    export LC_ALL
    output=$(gate 2>/dev/null </dev/null) && status=0 || status=$?
    printf '%s\n' "$output" | head -c 4096 | while IFS= read -r line || [ -n "$line" ]; do
        printf '%s said %s\n' "${marker:?}" "$line"
    done
    printf '%s ended %s\n' "${marker:?}" "$status"
}
