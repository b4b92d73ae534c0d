//! What templates make, and what is wrong with them.

use fleet::inventory::{FilePart, FileState};
use fleet::secrets::SecretRef;

use super::world::{host, load};

const HOSTS: &str = r#"
[hosts.h1]
address = "192.0.2.1"
cpus = 8
vars = { region = "eu", weight = 3 }
[hosts.h2]
address = "192.0.2.2"
vars = { region = "us", weight = 1 }
[hosts.db]
[groups]
web = "h1, h2"
"#;

fn rendered(file: &str, template: &str, number: usize) -> Vec<FilePart> {
    let toml = format!("{HOSTS}[file.a]\npath = \"/etc/a\"\nhosts = \"web\"\ntemplate = \"t/a.j2\"\n{file}");
    let inventory = load(&toml, &[("t/a.j2", template.as_bytes()), ("t/part.j2", b"part of {{ host }}\n")]);
    match &inventory.unwrap_or_else(|errors| panic!("{errors}")).files()["a"].on(&host(number)).unwrap().state {
        FileState::Content(parts) => parts.clone(),
        other => panic!("{other:?}"),
    }
}

fn text(file: &str, template: &str, number: usize) -> String {
    match rendered(file, template, number).as_slice() {
        [FilePart::Text(text)] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_template_knows_its_host_the_others_and_its_values() {
    for (template, made) in [
        ("{{ host }} {{ name }} {{ address }}\n", "h1 h1 192.0.2.1\n"),
        ("{{ vars.region }}/{{ vars['weight'] }}{% if host == 'h1' %} {{ cpus }}{% endif %}", "eu/3 8"),
        ("{{ groups | join(',') }}", "web"),
        ("{{ port }} {{ tls }}", "8080 true"),
        ("{{ nothing | default('x') }}", "x"),
        ("{% if memory is defined %}m{% else %}-{% endif %}", "-"),
        // A host without an address has its name.
        ("{% for h in hosts %}{{ h }}={{ h.address }} {% endfor %}", "db=db h1=192.0.2.1 h2=192.0.2.2 "),
        (
            "upstream a {\n    {% for h in group('web') %}\n    server {{ h.address }}:80 weight={{ h.vars.weight }};\n    {% endfor %}\n}\n",
            "upstream a {\n    server 192.0.2.1:80 weight=3;\n    server 192.0.2.2:80 weight=1;\n}\n",
        ),
        ("{{ select('web, !h1') | join(' ') }}", "h2"),
        ("{{ select('web & db') | length }}", "0"),
        ("<a href=\"{{ \"x&y\" }}\">", "<a href=\"x&y\">"),
        ("{% include 't/part.j2' %}.", "part of h1\n."),
        ("{% raw %}{{ cert/a/next/serial }}{% endraw %}", "{{ cert/a/next/serial }}"),
        ("", ""),
    ] {
        assert_eq!(text("vars = { port = 8080, tls = true }\n", template, 1), made, "{template}");
    }
}

#[test]
fn groups_and_hosts_override_values_one_by_one() {
    let file = "vars = { a = 1, b = 2 }\n[file.a.on.web.vars]\na = 3\n[file.a.on.h2.vars]\nb = 4\n";
    assert_eq!(text(file, "{{ a }}{{ b }}", 1), "32");
    assert_eq!(text(file, "{{ a }}{{ b }}", 2), "34");
}

#[test]
fn a_secret_is_a_reference_and_nothing_else() {
    let file = "secrets = { pw = { secret = { env = \"PW\" } } }\n";
    let secret = || FilePart::Secret(SecretRef::Env("PW".to_owned()));
    let plain = |text: &str| FilePart::Text(text.to_owned());
    assert_eq!(rendered(file, "a {{ pw }};\n", 1), [plain("a "), secret(), plain(";\n")]);
    assert_eq!(rendered(file, "{{ pw }}{{ pw }}", 1), [secret(), secret()]);
    assert_eq!(rendered(file, "{% set x = pw %}{{ x | default('') }}", 1), [secret()]);
    for template in [
        "{{ pw | upper }}",
        "{{ pw ~ 'x' }}",
        "{{ [pw] | join('-') }}",
        "{% filter upper %}{{ pw }}{% endfilter %}",
        "{{ pw | replace('e', 'x') }}",
        "{% filter reverse %}{{ pw }}{% endfilter %}",
        "{{ pw | length }}",
    ] {
        let toml =
            format!("{HOSTS}[file.a]\npath = \"/etc/a\"\nhosts = \"web\"\ntemplate_text = \"{template}\"\n{file}");
        let errors = load(&toml, &[]).map(|_| ()).expect_err(template);
        assert!(errors.contains("file.a"), "{template}: {errors}");
    }
}

#[test]
fn everything_wrong_in_templates_is_told_at_once_with_its_place() {
    let toml = format!(
        "{HOSTS}\
         [file.typo]\npath = \"/etc/typo\"\nhosts = \"web\"\ntemplate = \"t/typo.j2\"\nvars = {{ upstream = \"a\" }}\n\
         [file.some]\npath = \"/etc/some\"\nhosts = \"web\"\ntemplate = \"t/some.j2\"\n\
         [file.syntax]\npath = \"/etc/syntax\"\nhosts = \"web\"\ntemplate = \"t/syntax.j2\"\n\
         [file.group]\npath = \"/etc/group.conf\"\nhosts = \"h1\"\ntemplate_text = \"a {{{{ group('wep') }}}}\"\n\
         [file.lines]\npath = \"/etc/lines\"\nhosts = \"h1\"\ntemplate_text = \"\"\"\none\n  two {{{{ thre }}}}\n\"\"\"\n\
         [file.secret]\npath = \"/etc/secret\"\nhosts = \"h1\"\ntemplate_text = \"{{{{ pw | upper }}}}\"\nsecrets = {{ pw = {{ secret = {{ env = \"PW\" }} }} }}\n\
         [file.takes]\npath = \"/etc/takes\"\nhosts = \"h1\"\ntemplate_text = \"{{% include 't/part.j2' %}}\"\n\
         [file.gone]\npath = \"/etc/gone\"\nhosts = \"h1\"\ntemplate = \"t/gone.j2\"\n"
    );
    let errors = load(
        &toml,
        &[
            ("t/typo.j2", b"# nginx\nproxy_pass http://{{ upstrem }};\n"),
            ("t/some.j2", b"{{ vars.regoin }}\n{% if host == 'h2' %}{{ cpus }}{% endif %}\n"),
            ("t/syntax.j2", b"a\n{% for h in hosts %}\nb\n"),
            ("t/part.j2", b"part\n  {{ nobody }}\n"),
        ],
    );
    insta::assert_snapshot!(errors.map(|_| ()).unwrap_err());
}
