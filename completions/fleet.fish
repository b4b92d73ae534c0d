# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_fleet_global_optspecs
    string join \n i/inventory= l/limit= o/output= json yes step break-glass= strict parallel= connect-timeout= timeout= lock-timeout= facts= save-facts= lab v/verbose color= no-progress h/help V/version
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
complete -c fleet -n "__fish_fleet_needs_command" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_needs_command" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_needs_command" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_needs_command" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_needs_command" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_needs_command" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_needs_command" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_needs_command" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "env" -d 'Keep environment files as declared'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "cert" -d 'Keep certificates as declared: issued, distributed, and served'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "queue" -d 'Keep worker queues balanced over the hosts, within the connections that databases have'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "file" -d 'Keep files, links and directories as declared, from templates where they differ by host'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "unit" -d 'Keep units of systemd as declared: state, drop-ins and timers'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "run" -d 'Run declared commands where they have something to do'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "check" -d 'Check everything that is declared, read-only'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "plan" -d 'Show what a playbook would change'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "apply" -d 'Carry out a playbook, or a plan file'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "playbook" -d 'List and show playbooks; no host is contacted'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "resume" -d 'Carry on a run that was cut or stopped: the same plan, for all that is not done'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "rerun" -d 'Run again for the hosts on which a run failed, with a new plan'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "approve" -d 'Approve a plan file: sign it with your SSH key'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "show" -d 'Show a plan file, a playbook or a run; no host is contacted'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "undo" -d 'Put back what a run changed, from what the hosts kept of it'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "log" -d 'Tell who changed what, when, from what to what'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "incident" -d 'Keep the record of an incident, and draft its postmortem'
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and not __fish_seen_subcommand_from check plan apply adopt" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from check" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from plan" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from apply" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand env; and __fish_seen_subcommand_from adopt" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and not __fish_seen_subcommand_from check plan apply discover adopt list show export clean revoke account" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from check" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from plan" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from apply" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from discover" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from adopt" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from list" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from show" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from export" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from clean" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand cert; and __fish_seen_subcommand_from account" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and not __fish_seen_subcommand_from check plan apply adopt" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from check" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from plan" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from apply" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand queue; and __fish_seen_subcommand_from adopt" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -f -a "check" -d 'Compare what is declared, on disk and live, read-only'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -f -a "plan" -d 'Show what would change'
complete -c fleet -n "__fish_fleet_using_subcommand file; and not __fish_seen_subcommand_from check plan apply" -f -a "apply" -d 'Change what differs, and verify it'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l out -d 'Write the plan to a file, for review and `fleet apply`' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand file; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -f -a "check" -d 'Compare what is declared, on disk and live, read-only'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -f -a "plan" -d 'Show what would change'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and not __fish_seen_subcommand_from check plan apply" -f -a "apply" -d 'Change what differs, and verify it'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l out -d 'Write the plan to a file, for review and `fleet apply`' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand unit; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -f -a "check" -d 'Compare what is declared, on disk and live, read-only'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -f -a "plan" -d 'Show what would change'
complete -c fleet -n "__fish_fleet_using_subcommand run; and not __fish_seen_subcommand_from check plan apply" -f -a "apply" -d 'Change what differs, and verify it'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l out -d 'Write the plan to a file, for review and `fleet apply`' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from plan" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand run; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l solve-time -d 'Seconds to look for the best balance of workers; what is not proven by then is told' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand check" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand check" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand check" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand check" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand check" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand check" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l set -d 'The value of a variable that the playbook declares; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l out -d 'Write the plan to a file, for review and `fleet apply`' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l solve-time -d 'Seconds to look for the best balance of workers; what is not proven by then is told' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand plan" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand plan" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l set -d 'The value of a variable that the playbook declares; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l solve-time -d 'Seconds to look for the best balance of workers; what is not proven by then is told' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand apply" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -f -a "list" -d 'List the playbooks beside the inventory'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and not __fish_seen_subcommand_from list show" -f -a "show" -d 'Show the steps of a playbook, their rollouts and gates, and its variables'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l set -d 'The value of a variable that the playbook declares; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand playbook; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand resume" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand resume" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand resume" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l failed -d 'The run whose failed hosts these are, as `fleet log` names it' -r
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand rerun" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l key -d 'The key that signs: a file with its private or public half, or the fingerprint of one in the agent [default: git\'s user.signingkey, else the one of the agent or of ~/.ssh that is in `allowed_signers`]' -r
complete -c fleet -n "__fish_fleet_using_subcommand approve" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand approve" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand approve" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l set -d 'The value of a variable that the playbook declares; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand show" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand show" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand show" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand show" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand show" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand show" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand show" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand show" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l out -d 'Write the plan to a file, for review and `fleet apply`; nothing is changed' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand undo" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand undo" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand undo" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand undo" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l host -d 'Only what was done to this host; may be repeated' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l action -d 'Only this action, such as env, cert or queue' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l who -d 'Only what this person ran: USER or USER@MACHINE' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l since -d 'Only since then: a time (2026-11-21T20:00Z), a date (UTC), or how long ago (2h, 3d)' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l until -d 'Only until then; in the same forms' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l run -d 'Only this run, or those whose names begin so' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l incident -d 'Only what happened while this incident was open, and what was said of it' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -s n -l last -d 'The last N runs [default: 20]' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l from-hosts -d 'Ask the hosts what everybody did there, and tell it with what the local journal has'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l markdown -d 'Print Markdown, for an issue or a chat'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -f -a "show" -d 'Show all of one run: who, when, what changed on which host, what the gates saw, and what can be typed next'
complete -c fleet -n "__fish_fleet_using_subcommand log; and not __fish_seen_subcommand_from show verify" -f -a "verify" -d 'Recompute the journal\'s chain: whether lines were edited, removed, moved, put in or cut'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l from-hosts -d 'Ask the hosts what everybody did there, and tell it with what the local journal has'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l markdown -d 'Print Markdown, for an issue or a chat'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l from-hosts -d 'Ask the hosts too, which keep the lines that concern them'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand log; and __fish_seen_subcommand_from verify" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -f -a "open" -d 'Open an incident: from now on runs and checks belong to its timeline'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -f -a "note" -d 'Note what you saw or did'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -f -a "status" -d 'Show which incidents are open, since when, and what happened last'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -f -a "list" -d 'List all incidents'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -f -a "close" -d 'Close an incident'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and not __fish_seen_subcommand_from open note status list close report" -f -a "report" -d 'Write the draft of a postmortem: timeline, what was found, what helped, what is left to do'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l severity -d 'How bad it is, in your team\'s words, such as critical, minor or SEV2' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l since -d 'When it began: a time (2026-11-21T20:00Z), a date (UTC), or how long ago (2h); the timeline begins there' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from open" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l at -d 'When it happened, if not now: a time, a date (UTC), or how long ago' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l incident -d 'Which incident; without it, the one that is open. The first or last letters of its name will do' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from note" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l at -d 'When it was over, if not now: a time, a date (UTC), or how long ago' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l incident -d 'Which incident; without it, the one that is open. The first or last letters of its name will do' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from close" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l out -d 'Write the Markdown to this file, which must not be there yet' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l parallel -d 'How many hosts at a time' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l connect-timeout -d 'Seconds to wait for a connection' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l timeout -d 'Seconds for each host and phase; a change that has begun is never cut' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l lock-timeout -d 'Seconds to wait for a host that another run holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l facts -d 'Check and plan from saved facts; no host is contacted' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l save-facts -d 'Save what the hosts answer, with keyed digests for secrets' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l color -d 'Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l replace -d 'Write it anew where it is there'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l from-hosts -d 'Ask the hosts for what everybody did there, not from here alone'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l json -d 'The same as --output json'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l yes -d 'Change without asking'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand incident; and __fish_seen_subcommand_from report" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s i -l inventory -d 'Directory of the inventory' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s l -l limit -d 'Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away' -r
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -s o -l output -d 'Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios' -r -f -a "table\t'For people'
json\t'One JSON document'
jsonl\t'One JSON event a line, as it happens'
prometheus\t'Figures for the node exporter\'s textfile collector; of `cert check` alone'
nagios\t'One line for Nagios and its like, with their exit codes; of `cert check` alone'"
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and not __fish_seen_subcommand_from list check trust disconnect" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from list" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from check" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from trust" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand hosts; and __fish_seen_subcommand_from disconnect" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand exec" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and not __fish_seen_subcommand_from up down status ssh demo" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from up" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from down" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from status" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from ssh" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand lab; and __fish_seen_subcommand_from demo" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand init" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand init" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand man" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand man" -l step -d 'Ask before each wave of a run but the first'
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
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l break-glass -d 'Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why' -r
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
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l step -d 'Ask before each wave of a run but the first'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l strict -d 'Let warnings count as differences'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l lab -d 'Use the rehearsal hosts of `fleet lab` instead of the declared addresses'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s v -l verbose -d 'Say what happens on each host; twice: every step'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -l no-progress -d 'Show no progress'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand schema" -s V -l version -d 'Print version'
