# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_fleet_global_optspecs
    string join \n i/inventory= l/limit= o/output= json yes strict parallel= connect-timeout= timeout= lock-timeout= facts= save-facts= lab v/verbose color= no-progress h/help V/version
end

function __fish_fleet_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_fleet_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_fleet_using_subcommand
    set -l cmd (__fish_fleet_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c fleet -n "__fish_fleet_needs_command" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_needs_command" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_needs_command" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_needs_command" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_needs_command" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_needs_command" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_needs_command" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_needs_command" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_needs_command" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_needs_command" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_needs_command" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_needs_command" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_needs_command" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_needs_command" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_needs_command" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_needs_command" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_needs_command" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_needs_command" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "env" -d 'Keep environment files as declared'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "cert" -d 'Keep certificates as declared: issued, distributed, and served'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "queue" -d 'Keep worker queues balanced over the hosts, within the connections that databases have'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "check" -d 'Check everything that is declared, read-only'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "apply" -d 'Carry out a plan file'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "show" -d 'Show a plan file'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "log" -d 'Tell who changed what, when, from what to what'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "hosts" -d 'List, check and trust hosts'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "exec" -d 'Run a command on hosts; identical outputs are shown once'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "lab" -d 'Rehearse on real systemd hosts on this machine'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "init" -d 'Write a commented starter inventory; nothing is overwritten'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "man" -d 'Print the manual page, or write one for each command'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "schema" -d 'Print the JSON Schema of the inventory, of a file or of a result'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "check" -d 'Compare what is declared, on disk and live, read-only'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "plan" -d 'Show what would change'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "apply" -d 'Change what differs, and verify it'
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "adopt" -d 'Declare a file from what the hosts have today: inventory/env-NAME.toml'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l out -d 'Write the plan to a file, for review and `fleet apply`' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l path -d 'Where the file is on the hosts, an absolute path' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l hosts -d 'The hosts that have it: a selector' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l format -d 'Who reads it: dotenv (the application by itself), systemd or docker' -r -f -a "dotenv\t'The application, with a dotenv library'
systemd\t'systemd'
docker\t'Docker'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l unit -d 'A unit that reads it, or a glob; may be repeated. Without it, units are found by their settings' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "check" -d 'Compare the store, the hosts\' files and what they present, read-only'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "plan" -d 'Show what would change, and which certificates are due'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "apply" -d 'Order what is due, distribute it, and verify what every host presents'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "discover" -d 'Find the certificates that services present and that certbot keeps, declared or not; read-only'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "adopt" -d 'Declare certificates that are in use: inventory/certs-NAME.toml for each'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "list" -d 'List the certificates that are declared or stored'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "show" -d 'Show all versions of a certificate in the store'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "export" -d 'Write the newest certificate and its key to a directory'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "clean" -d 'Remove the DNS values that cut runs have left behind'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "revoke" -d 'Revoke a certificate at its CA'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -f -a "account" -d 'Work on the accounts at CAs'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l textfile -d 'With --output prometheus: write to this file instead, whole or not at all' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l serving-only -d 'Look at what services present alone, without SSH'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l notify -d 'Tell those that [notify] declares, if something is not as it should be'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l out -d 'Write the plan to a file, for review and `fleet apply`' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l renew -d 'Order this certificate whatever its age; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l renew -d 'Order this certificate whatever its age; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l staging -d 'Order from the staging environment of the CA, which nobody trusts'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l retry-now -d 'Ask a CA again that is to be left alone after failures'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l replace -d 'Replace files that are there'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l reason -d 'Why: unspecified, keyCompromise, superseded or cessationOfOperation' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -f -a "rollover" -d 'Give an account a new key'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "check" -d 'Compare the workers that are declared, enabled and running; show budgets and queues, read-only'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "plan" -d 'Show which workers would start and stop where, in which order, and why'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "apply" -d 'Start and drain workers step by step, never over a budget, and verify each step'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -f -a "adopt" -d 'Declare what the hosts run today: inventory/queues.toml, or queues-adopted.toml where that is taken'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l what-if -d 'Suppose other numbers than those declared or seen, such as `max_connections=300,+host=esme:8`; nothing is changed' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l solve-time -d 'Seconds to look for the best balance of workers; what is not proven by then is told' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l out -d 'Write the plan to a file, for review and `fleet apply`' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l what-if -d 'Suppose other numbers than those declared or seen, such as `max_connections=300,+host=esme:8`; nothing is changed' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l solve-time -d 'Seconds to look for the best balance of workers; what is not proven by then is told' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l what-if -d 'Told why it is refused here' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l solve-time -d 'Seconds to look for the best balance of workers; what is not proven by then is told' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l out -d 'Where to write it, if not to the inventory; - prints it' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l solve-time -d 'Seconds to look for the best balance of workers; what is not proven by then is told' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand show" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand show" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand show" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand show" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand show" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand show" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand show" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand show" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand show" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand show" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand show" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand show" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand show" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand log" -l host -d 'Only what was done to this host; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l action -d 'Only this action, such as env, cert or queue' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l who -d 'Only what this person ran' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l since -d 'Only since then: a time (2026-11-21T20:00Z), a date (UTC), or how long ago (2h, 3d)' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l run -d 'Only this run' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -s n -l last -d 'The last N runs' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand log" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand log" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand log" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand log" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand log" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand log" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand log" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand log" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand log" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand log" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -f -a "list" -d 'List the hosts of the inventory'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -f -a "check" -d 'Look whether hosts are reachable, and what would make fleet slow or fail there'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -f -a "trust" -d 'Show host keys, and record them once you say yes'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -f -a "disconnect" -d 'Close open connections'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l replace -d 'Replace recorded keys that have changed'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand exec" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand exec" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand exec" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -f -a "up" -d 'Boot a container for each host of the inventory, or repair what is there'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -f -a "down" -d 'Remove the rehearsal hosts and all that came with them'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -f -a "status" -d 'Show the rehearsal hosts'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -f -a "ssh" -d 'Log in to a rehearsal host as root'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -f -a "demo" -d 'Break a rehearsal fleet, and watch it being found and repaired'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l keep -d 'Leave the rehearsal hosts running'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand init" -l from-ssh-config -d 'Take the hosts of an SSH configuration [default FILE: ~/.ssh/config]' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand init" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand init" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand init" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand init" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand init" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand init" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand init" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand init" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand init" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand init" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand init" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand init" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand init" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand init" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand init" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand init" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand init" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand init" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand completions" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand completions" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand man" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand man" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand man" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand man" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand man" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand man" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand man" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand man" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand man" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand man" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand man" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand man" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand man" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand man" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand man" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand man" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand man" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand man" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s V -l version -d 'Print version'
