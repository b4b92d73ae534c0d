# shellcheck shell=sh
# What `fleet cert discover` runs on a host, once: which certificates its services and certbot name, and what those files
# are. Read-only. Of configuration it prints the few directives that matter, of files their CERTIFICATE blocks, of private
# keys the digest of their public half: no other byte of them leaves the host. One record a line, its fields parted by
# tabs, the path last; read by parse.rs.

# The words of a line of nginx's (ngx_conf_read_token): quoted, or ended by a blank, `;` or `{`; a comment starts a word.
d_token='"(\\.|[^"\\])*"|'"'(\\\\.|[^'\\\\])*'"'|#.*|[;{}]|(\\.|[$][{]|[^[:space:];{}"'"'"'#\\])(\\.|[$][{]|[^[:space:];{\\])*'
# The same for haproxy: blanks may be quoted or escaped.
d_word='("[^"]*"|'"'[^']*'"'|\\.|[^[:space:]"'"'"'\\])+'
d_tab=$(printf '\t')
d_line='
'

# d_lead WORD: each line of stdin as a record of this kind.
d_lead() { sed -e "s/^/$1$d_tab/"; }

# d_unquote: each line of stdin without its quotes and escapes.
d_unquote() { sed -e "s/^\"\\(.*\\)\"\$/\\1/" -e "s/^'\\(.*\\)'\$/\\1/" -e 's/\\\(.\)/\1/g'; }

# d_want: the paths on stdin that name one file are looked at; what a variable leads to is not known here.
d_want() { sed -n -e '/^\//{' -e '/[$]/d' -e p -e '}'; }

# d_limited CMD…: services' own tools look up names, and may wait for them.
d_limited() {
    if command -v timeout >/dev/null; then timeout 30 "$@"; else "$@"; fi </dev/null 2>/dev/null
}

# d_nginx_filter: nginx's configuration on stdin; one directive a line, and of these only what tells of certificates.
d_nginx_filter() {
    grep -oE -e "$d_token" | sed -n -e '
        /^# configuration file .*:$/{
            s/^# configuration file \(.*\):$/file \1/
            p
            s/.*//
            x
            d
        }
        /^#/d
        /^[;{}]$/!{
            H
            d
        }
        H
        s/.*//
        x
        s/\n/ /g
        s/^ *//
        s/ ;$/;/
        /^server {$/{
            p
            d
        }
        s/^.*{$/{/p
        s/^.*}$/}/p
        s/^\(ssl_certificate[a-z_]*\) ["'\'']*data:.*/\1 data:;/
        /^include .*;$/p
        /^listen .*;$/p
        /^server_name .*;$/p
        /^ssl_certificate .*;$/p
        /^ssl_certificate_key .*;$/p'
}

# d_nginx_files: nginx's configuration as `nginx -T` would print it, where that fails: a missing certificate is enough for it.
d_nginx_files() {
    d_queue=/etc/nginx/nginx.conf
    d_seen=$d_line
    d_count=0
    while [ -n "$d_queue" ] && [ "$d_count" -lt 5000 ]; do
        d_file=${d_queue%%"$d_line"*}
        case $d_queue in *"$d_line"*) d_queue=${d_queue#*"$d_line"} ;; *) d_queue= ;; esac
        case $d_seen in *"$d_line$d_file$d_line"*) continue ;; esac
        d_seen=$d_seen$d_file$d_line
        d_count=$((d_count + 1))
        if [ ! -f "$d_root$d_file" ] || [ ! -r "$d_root$d_file" ]; then continue; fi
        d_some=$(d_nginx_filter <"$d_root$d_file")
        printf 'file %s\n%s\n' "$d_file" "$d_some"
        d_more=$(printf '%s\n' "$d_some" | sed -n -e 's/^include \(.*\);$/\1/p' | d_unquote | sed -e 's|^[^/]|/etc/nginx/&|')
        d_ifs=$IFS
        IFS=$d_line
        for d_pattern in $d_more; do
            # Split at line ends alone; what is not quoted is a glob, as in nginx.
            for d_file in $d_root$d_pattern; do
                d_queue=$d_queue${d_queue:+$d_line}${d_file#"$d_root"}
            done
        done
        IFS=$d_ifs
    done
}

d_nginx() {
    command -v nginx >/dev/null || [ -e "$d_root/etc/nginx/nginx.conf" ] || return 0
    d_lines=$(d_limited nginx -T | d_nginx_filter)
    if [ -z "$d_lines" ]; then
        # What it complains of is a path or a word of the configuration; the first line is enough.
        d_limited sh -c 'nginx -t 2>&1' | grep -e '\[emerg\]' | head -n 1 | d_lead nginx-fails
        d_lines=$(d_nginx_files)
    fi
    [ -n "$d_lines" ] || return 0
    printf '%s\n' "$d_lines" | d_lead nginx
    d_prefix=$(printf '%s\n' "$d_lines" | sed -n -e 's|^file \(.*\)/[^/]*$|\1|p' | head -n 1)
    d_wanted=$d_wanted$d_line$(printf '%s\n' "$d_lines" | sed -n -e 's/^ssl_certificate\(_key\)\{0,1\} \(.*\);$/\2/p' |
        d_unquote | sed -e '/^[a-z]*:/d' -e "s|^[^/]|$d_prefix/&|" | d_want)
}

d_haproxy() {
    d_lines=
    for d_file in "$d_root"/etc/haproxy/haproxy.cfg "$d_root"/etc/haproxy/conf.d/*.cfg; do
        if [ ! -f "$d_file" ] || [ ! -r "$d_file" ]; then continue; fi
        d_lines=$d_lines$d_line$(sed -e 's/^[[:blank:]]*//' -e 's/[[:blank:]]#.*//' -- "$d_file" |
            grep -E -e '^(frontend|listen|crt-base|key-base|bind|load)[[:blank:]]' |
            grep -oE -e "^(frontend|listen|crt-base|key-base|bind)[[:blank:]]+$d_word|[[:blank:]](crt|crt-list|key)[[:blank:]]+$d_word" |
            sed -e 's/^[[:blank:]]*\([a-z-]*\)[[:blank:]]*/\1 /')
    done
    d_lines=$(printf '%s\n' "$d_lines" | grep .) || return 0
    printf '%s\n' "$d_lines" | d_lead haproxy
    d_base=$(printf '%s\n' "$d_lines" | sed -n -e 's/^crt-base //p' | d_unquote | tail -n 1)
    d_below="s|^[^/@]|${d_base:-.}/&|"
    d_named=$(printf '%s\n' "$d_lines" | sed -n -e 's/^crt //p' -e 's/^key //p' | d_unquote | sed -e "$d_below" | d_want)
    d_ifs=$IFS
    IFS=$d_line
    set -f
    for d_list in $(printf '%s\n' "$d_lines" | sed -n -e 's/^crt-list //p' | d_unquote | d_want); do
        if [ -f "$d_root$d_list" ] && [ -r "$d_root$d_list" ]; then
            d_some=$(sed -e 's/^[[:blank:]]*//' -e '/^#/d' -e '/^$/d' -e 's/\[[^]]*\]/ /g' -- "$d_root$d_list")
            printf '%s\n' "$d_some" | grep . | d_lead "haproxy-list$d_tab$(printf '%s' "$d_list" | sed -e 's/[\/&]/\\&/g')"
            d_named=$d_named$d_line$(printf '%s\n' "$d_some" | sed -e 's/[[:blank:]].*//' | sed -e "$d_below" | d_want)
        else
            d_named=$d_named$d_line$d_list
        fi
    done
    for d_path in $d_named; do
        if [ -d "$d_root$d_path" ]; then
            set +f
            # Not those that belong to others: haproxy(1), `crt`.
            for d_file in "$d_root${d_path%/}"/*; do
                case $d_file in *.issuer | *.ocsp | *.sctl | *.dh) continue ;; esac
                [ -f "$d_file" ] || continue
                d_file=${d_file#"$d_root"}
                printf 'entry\t%s\t%s\n' "$d_path" "$d_file"
                d_wanted=$d_wanted$d_line$d_file
            done
            set -f
        else
            d_wanted=$d_wanted$d_line$d_path
            # A key that does not stand in the same file stands beside it.
            [ ! -f "$d_root$d_path.key" ] || d_wanted=$d_wanted$d_line$d_path.key
        fi
    done
    set +f
    IFS=$d_ifs
}

d_postfix() {
    command -v postconf >/dev/null || return 0
    d_names='smtpd_tls_cert_file smtpd_tls_key_file smtpd_tls_eccert_file smtpd_tls_eckey_file smtpd_tls_chain_files tls_server_sni_maps'
    # shellcheck disable=SC2086 # a list of words
    d_lines=$({
        d_limited postconf -x $d_names
        d_limited postconf -P | grep -E -e '/smtpd_tls_(cert_file|key_file|eccert_file|eckey_file|chain_files) = '
        d_limited postconf -M | sed -n -e 's/^\([^[:blank:]]*\)[[:blank:]]\{1,\}inet[[:blank:]].*/listens \1/p'
    } | grep .) || return 0
    printf '%s\n' "$d_lines" | d_lead postfix
    d_wanted=$d_wanted$d_line$(printf '%s\n' "$d_lines" | grep -e '_tls_' | sed -n -e '/sni_maps/d' -e 's/^[^=]* = //p' | tr ',' ' ' | tr ' ' '\n' | d_want)
}

d_dovecot() {
    command -v doveconf >/dev/null || return 0
    # Of 2.3, and of 2.4. A key that stands in the configuration itself does not begin with `<`, and is not printed.
    d_lines=$(d_limited doveconf -n -P | sed -n -e 's/^[[:blank:]]*//' -e 's/[[:blank:]]*$//' \
        -e '/^local .*{$/bshow' -e '/^local_name .*{$/bshow' -e 's/^.*{$/{/p' -e '/^}$/p' \
        -e '/^ssl_cert *= *</p' -e '/^ssl_key *= *</p' -e '/^ssl_server_cert_file *=/p' -e '/^ssl_server_key_file *=/p' \
        -e d -e ':show' -e p | grep .) || return 0
    printf '%s\n' "$d_lines" | d_lead dovecot
    d_wanted=$d_wanted$d_line$(printf '%s\n' "$d_lines" | sed -n -e 's/^ssl_[a-z_]* *= *<\{0,1\} *//p' | d_unquote | d_want)
}

d_apache() {
    d_lines=
    for d_file in "$d_root"/etc/apache2/sites-enabled/* "$d_root"/etc/apache2/conf-enabled/* "$d_root"/etc/httpd/conf.d/*.conf; do
        if [ ! -f "$d_file" ] || [ ! -r "$d_file" ]; then continue; fi
        d_lines=$d_lines$d_line$(sed -e 's/^[[:blank:]]*//' -e 's/[[:blank:]]*$//' -- "$d_file" |
            grep -iE -e '^(<VirtualHost[[:blank:]]|</VirtualHost|Server(Name|Alias)[[:blank:]]|SSLCertificate(File|KeyFile)[[:blank:]])')
    done
    d_lines=$(printf '%s\n' "$d_lines" | grep .) || return 0
    printf '%s\n' "$d_lines" | d_lead apache
    d_wanted=$d_wanted$d_line$(printf '%s\n' "$d_lines" | sed -n -e 's/^[Ss][Ss][Ll][A-Za-z]*[[:blank:]]*//p' |
        d_unquote | sed -e 's|^[^/]|/etc/apache2/&|' | d_want)
}

d_certbot() {
    d_home=/etc/letsencrypt
    for d_file in "$d_root$d_home"/renewal/*.conf; do
        if [ ! -f "$d_file" ] || [ ! -r "$d_file" ]; then continue; fi
        d_name=${d_file##*/}
        d_lines=$(grep -E -e '^(archive_dir|cert|privkey|chain|fullchain|authenticator|key_type|reuse_key|server) *=' -- "$d_file")
        printf 'renewal\t%s\t\n' "${d_name%.conf}"
        printf '%s\n' "$d_lines" | grep . | while IFS= read -r d_some; do
            printf 'renewal\t%s\t%s\n' "${d_name%.conf}" "$d_some"
        done
        d_wanted=$d_wanted$d_line$(printf '%s\n' "$d_lines" | sed -n -e 's/^fullchain *= *//p' -e 's/^privkey *= *//p' | d_want)
    done
    for d_file in "$d_root$d_home"/live/*/; do
        [ -d "$d_file" ] || continue
        d_file=${d_file#"$d_root"}
        d_wanted="$d_wanted$d_line${d_file}fullchain.pem$d_line${d_file}privkey.pem"
        printf 'live\t%s\n' "${d_file%/}"
    done
    for d_file in "$d_root$d_home"/archive/*/; do
        [ -d "$d_file" ] || continue
        d_newest=0
        d_count=0
        for d_path in "$d_file"fullchain*.pem; do
            d_name=${d_path##*/fullchain}
            d_name=${d_name%.pem}
            case $d_name in '' | *[!0-9]* | ????????*) continue ;; esac
            d_count=$((d_count + 1))
            [ "$d_name" -le "$d_newest" ] || d_newest=$d_name
        done
        d_file=${d_file#"$d_root"}
        printf 'archive\t%s\t%s\t%s\n' "$d_newest" "$d_count" "${d_file%/}"
        [ "$d_count" = 0 ] || d_wanted="$d_wanted$d_line${d_file}fullchain$d_newest.pem$d_line${d_file}privkey$d_newest.pem"
    done
}

# d_blocks: the certificates on stdin, each as one line of base64. A block is held back until its end, so that nothing
# of a key that follows a cut certificate is printed. It has to start like one: a SEQUENCE in a SEQUENCE (RFC 5280, 4.1),
# where every form of private key has a version number; and to be as long as it says.
d_blocks() {
    { tr -d '\r\t ' && echo; } | sed -n -e '
        /^-----BEGINCERTIFICATE-----/{
            s/.*/:/
            h
            d
        }
        /^-----ENDCERTIFICATE-----/{
            s/.*//
            x
            s/\n//g
            /^:MI[I-L]..[DTjz]C[BC][A-Za-z0-9+/=]*$/bgood
            /^:MI[E-H].MI[A-Za-z0-9+/=]*$/bgood
            s/^:.*/garbage/p
            d
            :good
            s/^:/block'"$d_tab"'/p
            d
        }
        /^-----BEGIN/{
            x
            s/^:.*/garbage/p
            s/.*//
            x
            d
        }
        x
        /^:/!{
            x
            d
        }
        x
        H
        ${
            x
            s/^:.*/garbage/p
        }' | while IFS= read -r d_block; do
        if [ "$d_block" = garbage ] || d_is_whole "${d_block#*"$d_tab"}"; then printf '%s\n' "$d_block"; else echo garbage; fi
    done
}

# d_is_whole BASE64: whether the bytes after the first SEQUENCE are as many as it says (X.690, 8.1.3).
d_is_whole() {
    d_bytes=$((${#1} * 3 / 4))
    case $1 in *==) d_bytes=$((d_bytes - 2)) ;; *=) d_bytes=$((d_bytes - 1)) ;; esac
    d_start=$(printf '%.6s' "$1")
    d_start=${d_start#??}
    set --
    while [ -n "$d_start" ]; do
        d_before=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
        d_before=${d_before%%"${d_start%"${d_start#?}"}"*}
        set -- "$@" "${#d_before}"
        d_start=${d_start#?}
    done
    d_said "$@"
}

# d_said THIRD FOURTH FIFTH SIXTH: of the base64 digits after the first two, MI: 0x30 0x81 or 0x30 0x82, then the length.
d_said() {
    d_byte=$((($1 & 3) << 6 | $2))
    if [ $(($1 >> 2)) = 1 ]; then
        [ $((d_byte + 3)) = "$d_bytes" ]
    else
        [ $((d_byte * 256 + ($3 << 2 | $4 >> 4) + 4)) = "$d_bytes" ]
    fi
}

# d_files: what the wanted paths are.
d_files() {
    d_ifs=$IFS
    IFS=$d_line
    set -f
    d_wanted=$(printf '%s\n' "$d_wanted" | grep . | LC_ALL=C sort -u)
    set --
    for d_path in $d_wanted; do
        if [ -e "$d_root$d_path" ]; then
            set -- "$@" "$d_root$d_path"
        else
            printf 'missing\t%s\n' "$d_path"
        fi
    done
    if [ "$#" -gt 0 ]; then
        # All at once; where that does not work (busybox, too many), one by one.
        d_real=$(realpath -- "$@" 2>/dev/null)
        [ "$(printf '%s\n' "$d_real" | grep -c .)" = "$#" ] ||
            d_real=$(for d_path; do readlink -f -- "$d_path" || printf '%s\n' "$d_path"; done)
        d_under=$(cd "${d_root:-/}" && pwd -P)
        [ "$d_under" != / ] || d_under=
        for d_path in $d_real; do
            printf 'path\t%s\t%s\n' "${d_path#"$d_under"}" "${1#"$d_root"}"
            shift
        done
        d_real=$(printf '%s\n' "$d_real" | LC_ALL=C sort -u)
        d_each_file
    fi
    set +f
    IFS=$d_ifs
}

# d_each_file: of the real paths. IFS is a line end.
d_each_file() {
    d_some=
    d_directories=
    d_openssl=$(command -v openssl) || d_openssl=
    # shellcheck disable=SC2086 # a list of lines
    stat -c "stat$d_tab%a$d_tab%U:%G$d_tab%u:%g$d_tab%s$d_tab%F$d_tab%n" -- $d_real 2>/dev/null | d_strip
    for d_path in $d_real; do
        [ -f "$d_path" ] || continue
        if [ ! -r "$d_path" ]; then
            printf 'unreadable\t%s\n' "${d_path#"$d_under"}"
            continue
        fi
        d_some=$d_some${d_some:+$d_line}$d_path
    done
    [ -n "$d_some" ] || return 0
    # shellcheck disable=SC2013,SC2086 # a list of lines
    for d_path in $(grep -l -e '-----BEGIN CERTIFICATE-----' -- $d_some /dev/null); do
        printf 'certificates\t%s\n' "${d_path#"$d_under"}"
        # More than 1 MiB is no chain.
        head -c 1048576 -- "$d_path" | d_blocks
    done
    # shellcheck disable=SC2013,SC2086 # a list of lines
    for d_path in $(grep -l -e '-----BEGIN .*PRIVATE KEY-----' -- $d_some /dev/null); do
        d_digest=-
        if [ -n "$d_openssl" ]; then
            # The empty password keeps it from asking for one. Of nothing, SHA-256 is e3b0….
            d_digest=$(openssl pkey -in "$d_path" -passin pass: -pubout -outform DER 2>/dev/null </dev/null | sha256sum)
            d_digest=${d_digest%% *}
            [ "$d_digest" != e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ] || d_digest='?'
        fi
        printf 'key\t%s\t%s\n' "$d_digest" "${d_path#"$d_under"}"
        while [ -n "${d_path%/*}" ] && [ "$d_path" != "$d_under" ]; do
            d_path=${d_path%/*}
            case $d_line$d_directories$d_line in *"$d_line$d_path$d_line"*) break ;; esac
            d_directories=$d_directories$d_line$d_path
        done
    done
    # Who may pass to the keys.
    # shellcheck disable=SC2086 # a list of lines
    [ -z "$d_directories" ] || stat -c "directory$d_tab%a$d_tab%n" -- $d_directories 2>/dev/null | d_strip
}

# d_strip: records without the prefix of their path.
d_strip() {
    if [ -n "$d_under" ]; then sed -e "s|$d_tab$d_under|$d_tab|"; else cat; fi
}

# fleet_discover ROOT: below which directory; none but in tests.
fleet_discover() {
    d_root=$1
    d_wanted=
    LC_ALL=C
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    export LC_ALL PATH
    [ "$(id -u)" = 0 ] || printf 'user\t%s\n' "$(id -un)"
    for d_unit in nginx haproxy postfix dovecot apache2 httpd; do
        set -- "$@" "$d_unit.service"
    done
    shift
    d_units=$(systemctl show -p Id -p ActiveState -- "$@" certbot.timer snap.certbot.renew.timer 2>/dev/null | d_lead unit)
    [ -z "$d_units" ] || printf '%s\n' "$d_units"
    # Ports that are listened at, in hexadecimal: proc_net(5), state 0A.
    sed -n -e 's/^ *[0-9]*: [0-9A-F]*:\([0-9A-F]*\) [0-9A-F:]* 0A .*/listening'"$d_tab"'\1/p' /proc/net/tcp /proc/net/tcp6 2>/dev/null | LC_ALL=C sort -u
    d_nginx
    d_haproxy
    d_postfix
    d_dovecot
    d_apache
    d_certbot
    d_files
    printf 'end\n'
}
