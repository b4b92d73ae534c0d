# shellcheck shell=sh
# What `fleet queue adopt` runs on a host, once, with workers.sh before it: which templates run Sidekiq, what their instances
# run with, and where they find PostgreSQL and Redis. Read-only. Of environments and dotenv files it prints names of hosts,
# ports and the number of Redis' database where they have that form: no other word leaves the host. Read by adopt_read.rs.

a_mark=$(printf 'says\t')

# a_says: of assignments on stdin, those that say where something is; of a URL what stands beside the password.
a_says() {
    sed -n -E -e 's/^export +//' -e "s/^([A-Z_]+=)[\"'](.*)[\"']\$/\\1\\2/" \
        -e "s/^((DB|REDIS)_HOST=[A-Za-z0-9._:\\/-]+)\$/$a_mark\\1/p" \
        -e "s/^((DB|REDIS)_PORT=[0-9]+)\$/$a_mark\\1/p" \
        -e "s/^(REDIS_DB=[0-9]+)\$/$a_mark\\1/p" \
        -e "s/^(REDIS_NAMESPACE=[A-Za-z0-9._-]+)\$/$a_mark\\1/p" \
        -e "s/^REDIS_PASSWORD=.+\$/${a_mark}REDIS_PASSWORD=set/p" \
        -e "s|^REDIS_URL=rediss?://([^/?#@]*@)?([A-Za-z0-9._-]+)(:([0-9]+))?(/([0-9]+))?/?\$|${a_mark}REDIS_URL=\\2 \\4 \\6 \\1|" \
        -e "/^${a_mark}REDIS_URL=/{" -e 's/ [^ ]*@$/ set/' -e 'p' -e '}' \
        -e "s|^DATABASE_URL=postgres(ql)?://([^/?#@]*@)?([A-Za-z0-9._-]+)(:([0-9]+))?(/[^@]*)?\$|${a_mark}DATABASE_URL=\\3 \\5|p"
}

# a_unit: of the unit at hand.
a_unit() {
    if [ -z "$a_sidekiq" ]; then
        case " $a_titled " in *" ${a_main:-0} "*) ;; *) return 0 ;; esac
    fi
    case $a_id in
        *@*.service) ;;
        *.service)
            [ "${a_main:-0}" = 0 ] || printf 'single\t%s\n' "$a_id"
            return 0
            ;;
        *) return 0 ;;
    esac
    a_template=${a_id%%@*}@.service
    printf 'of\t%s\n' "$a_template"
    case " $a_templates " in
        *" $a_template "*) ;;
        *)
            a_templates="$a_templates $a_template"
            printf 'runs\t%s\n' "$a_template"
            # What the application reads by itself, as Mastodon does.
            case $a_directory in
                /*) cat -- "$a_directory/.env" "$a_directory/.env.production" 2>/dev/null | a_says ;;
            esac
            ;;
    esac
    [ "${a_main:-0}" = 0 ] || tr '\000' '\n' 2>/dev/null <"/proc/$a_main/environ" | a_says
}

# fleet_adopt KEYS: as fleet_workers, for what is found.
fleet_adopt() {
    LC_ALL=C
    export LC_ALL
    a_keys=$1
    a_templates=
    a_titled=$(grep -z -a -l -E -e '^sidekiq [0-9]' /proc/[0-9]*/cmdline 2>/dev/null |
        sed -n -e 's|^/proc/\([0-9]*\)/cmdline$|\1|p' | tr '\n' ' ')
    a_shown=$(systemctl show -p Id -p MainPID -p WorkingDirectory -p ExecStart -- '*.service') || return 1
    a_shown=$(printf '%s\n' "$a_shown" | sed -n -E -e '/^ExecStart=.*[ \/]sidekiq(swarm)?[ ;]/s/.*/ExecStart/p' \
        -e '/^(Id|MainPID|WorkingDirectory)=/p' -e 's/^$/end/p')
    a_id=
    a_main=
    a_directory=
    a_sidekiq=
    while IFS= read -r a_line; do
        case $a_line in
            Id=*) a_id=${a_line#*=} ;;
            MainPID=*) a_main=${a_line#*=} ;;
            WorkingDirectory=*)
                a_directory=${a_line#*=}
                a_directory=${a_directory#[!/]}
                ;;
            ExecStart) a_sidekiq=yes ;;
            end)
                a_unit
                a_id=
                a_main=
                a_directory=
                a_sidekiq=
                ;;
        esac
    done <<SHOWN
$a_shown
end
SHOWN
    # shellcheck disable=SC2086 # a list of words
    if [ -n "$a_templates" ]; then
        fleet_workers '' "$a_keys" $a_templates
    else
        w_machine
        printf 'done\n'
    fi
}
