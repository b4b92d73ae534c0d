# shellcheck shell=sh disable=SC2154
# What the controller runs over SSH for a certificate whose key never leaves its host: it makes the key, once, and prints
# a request for a certificate (PKCS #10). Nothing of the host's services knows the key yet: the transaction that
# distributes the certificate copies it to its place.
# `marker` is set by the controller; each line of ours begins with it.

keys=/var/lib/fleet/keys

tell() { printf '%s %s\n' "${marker:?}" "$*"; }

# make_key LINK ALGORITHM OPTION: a key whose file is named by its public key, and a link to it. One that is there stays, so
# that an order can be taken up again.
make_key() {
    [ ! -s "$1" ] || return 0
    openssl genpkey -algorithm "$2" -pkeyopt "$3" -out "$1.new" 2>/dev/null && sync -- "$1.new" || return 1
    openssl pkey -in "$1.new" -pubout -outform DER -out "$1.public" 2>/dev/null || return 1
    file=$(sha256sum <"$1.public" | cut -c 1-64).pem
    rm -f -- "$1.public"
    mv -T -f -- "$1.new" "${1%/*}/$file" && ln -s -f -- "$file" "$1" && sync -- "${1%/*}"
}

# fleet_host_key CERTIFICATE LINK IN_USE ALGORITHM OPTION SUBJECT_ALT_NAME end: makes the key, and prints its request.
# Other keys of the same certificate, but the one in use (by its public key), are those of renewals long past.
fleet_host_key() {
    [ "$7" = end ] || exit 1
    umask 077
    LC_ALL=C
    export LC_ALL
    if ! command -v openssl >/dev/null 2>&1; then
        tell failed no-openssl
        return 0
    fi
    directory=$keys/$1
    if ! mkdir -p "$directory" || ! chmod 0700 "${keys%/*}" "$keys" "$directory"; then
        tell failed not-writable
        return 0
    fi
    if ! make_key "$directory/$2.pem" "$4" "$5"; then
        rm -f "$directory/$2.pem.new"
        tell failed not-made
        return 0
    fi
    if ! request=$(openssl req -new -key "$directory/$2.pem" -subj / -addext "subjectAltName=$6" 2>/dev/null); then
        tell failed no-request
        return 0
    fi
    made=$(readlink -- "$directory/$2.pem")
    for old in "$directory"/*.pem; do
        case ${old##*/} in "$2.pem" | "$made" | "$3.pem") ;; *) rm -f -- "$old" ;; esac
    done
    printf '%s\n' "$request" | while IFS= read -r line; do tell request "$line"; done
    tell "end"
}
