//! What an inventory may not declare.

use super::world::load;

#[test]
fn contradictions_are_told_with_both_places() {
    let toml = r#"
[hosts.h1]
[env.app]
path = "/srv/app/.env"
hosts = "h1"
[certs.media]
domains = ["media.example.org"]
hosts = "h1"
directory = "/etc/ssl/media"
[file.nothing]
path = "/etc/nothing"
hosts = "h1"
[file.two]
path = "/etc/two"
hosts = "h1"
content = "a"
link = "/etc/b"
[file.env]
path = "/srv/app/.env"
hosts = "h1"
content = "a"
[file.cert]
path = "/etc/ssl/media/current"
hosts = "h1"
link = "x"
[file.one]
path = "/etc/same"
hosts = "h1"
content = "a"
[file.other]
path = "/etc/same"
hosts = "h1"
absent = true
[file.below]
path = "/etc/same/below"
hosts = "h1"
content = "a"
[file.braces]
path = "/etc/{{cert/a/next/serial}}"
hosts = "h1"
content = "a"
[file.odd]
path = "/etc/odd"
hosts = "h1"
link = "b"
mode = "0644"
vars = { a = 1 }
recursive = true
[file.flag]
path = "/etc/flag"
hosts = "h1"
directory = false
[file.open]
path = "/etc/open"
hosts = "h1"
template_text = "{{ pw }}"
mode = "0644"
secrets = { pw = { secret = { env = "PW" } }, host = { secret = { env = "PW" } } }
[file.key]
path = "/etc/key"
hosts = "h1"
source = "key.pem"
[file.binary]
path = "/etc/binary"
hosts = "h1"
source = "binary"
[file.unknown]
path = "/etc/unknown"
hosts = "h1"
contents = "a"
"#;
    let key = b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    let errors = load(toml, &[("key.pem", key), ("binary", b"a\0b")]);
    insta::assert_snapshot!(errors.map(|_| ()).unwrap_err());
}
