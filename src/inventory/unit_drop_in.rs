//! What may stand in a drop-in, and in the command of a unit file.

use super::context::Context;
use super::problem::Problem;
use super::queue_secrecy::holds_secret;
use super::queue_unit_file::logical_lines;
use super::run::Invocation;
use super::text::Located;

/// No drop-in is larger.
const LARGEST: usize = 64 << 10;

/// Whether systemd could take it up, as far as that can be told without it (systemd.syntax(7)).
pub(super) fn check(what: &str, text: &Located<String>, context: &mut Context<'_>) {
    let problem = match odd(text) {
        None => return,
        Some(Odd::Form(why)) => Problem::new("bad-value", format!("{what}: {why}"))
            .label(text.span.clone(), "this text")
            .help("write what stands in a unit file, such as \"[Service]\\nLimitNOFILE=65536\""),
        Some(Odd::Secret(name)) => {
            let message = format!("{what} sets `{name}`, a secret, which every user of a host could read there");
            Problem::new("secret-in-unit", message)
                .label(text.span.clone(), "in this text")
                .hide(text.span.clone())
                .help("keep it in a file, such as one of [env.NAME], and name that with `EnvironmentFile=`")
        }
    };
    context.problems.push(problem);
}

enum Odd {
    Form(String),
    Secret(String),
}

fn odd(text: &str) -> Option<Odd> {
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Some(Odd::Form("it has control characters in it".to_owned()));
    }
    if text.len() > LARGEST {
        return Some(Odd::Form("it is larger than 64 KiB".to_owned()));
    }
    if text.trim_end().ends_with('\\') {
        return Some(Odd::Form("its last line is continued, and nothing follows".to_owned()));
    }
    let mut section = None;
    let mut sets = false;
    for (number, line) in logical_lines(text) {
        if line.is_empty() {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            match name.strip_suffix(']').filter(|name| !name.is_empty()) {
                Some(name) => section = Some(name.to_owned()),
                None => return Some(Odd::Form(format!("line {number} is no section: {line:?}"))),
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
            return Some(Odd::Form(format!("line {number} is no `Key=value`: {line:?}")));
        };
        if section.is_none() {
            return Some(Odd::Form(format!("line {number} stands before any section, such as [Service]")));
        }
        sets = true;
        if let Some(name) = secret(key.trim(), value.trim()) {
            return Some(Odd::Secret(name));
        }
    }
    (!sets).then(|| Odd::Form("it sets nothing".to_owned()))
}

/// The name of a secret that a line sets.
fn secret(key: &str, value: &str) -> Option<String> {
    match key {
        "Environment" => {
            let words = shell_words::split(value).unwrap_or_else(|_| vec![value.to_owned()]);
            let named = words.iter().filter_map(|word| word.split_once('='));
            named.into_iter().find(|(name, value)| holds_secret(name, value)).map(|(name, _)| name.to_owned())
        }
        "SetCredential" => Some(value.split(':').next().unwrap_or_default().to_owned()),
        _ => holds_secret("", value).then(|| key.to_owned()),
    }
}

/// What keeps a command from standing in a unit file.
pub(super) fn of_command(owner: &str, command: &Invocation) -> Vec<Problem> {
    let words = command.argv("/bin/sh");
    let mut problems = Vec::new();
    if words.iter().any(|word| word.contains(char::is_control)) {
        problems.push(
            Problem::new("bad-value", format!("`command` of {owner} has line breaks or tabs in it"))
                .help("write it on one line, or put a script on the host and name that"),
        );
    }
    // Some first characters mean something to systemd, and a variable can't name the program (systemd.service(5)).
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._+-@".contains(c);
    if let Some(program) = words.first()
        && (!program.chars().all(plain) || !program.starts_with(|c: char| c == '/' || c.is_ascii_alphanumeric()))
    {
        problems.push(
            Problem::new(
                "bad-value",
                format!("`command` of {owner} begins with {program:?}, which is no plain program"),
            )
            .help("begin with an absolute path of letters, digits and `/._+-@`"),
        );
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        match odd(text) {
            None => String::new(),
            Some(Odd::Form(why)) => why,
            Some(Odd::Secret(name)) => format!("secret {name}"),
        }
    }

    #[test]
    fn what_may_stand_in_a_drop_in() {
        assert_eq!(words("[Service]\nLimitNOFILE=65536\n# why\nExecStart=\nExecStart=/x \\\n  -y\n"), "");
        assert_eq!(words("[Service]\nEnvironment=DB_POOL=5 \"A=b c\"\n"), "");
        for (text, why) in [
            ("LimitNOFILE=1\n", "line 1 stands before any section"),
            ("[Service\nX=1\n", "line 1 is no section"),
            ("[Service]\nLimitNOFILE\n", "line 2 is no `Key=value`"),
            ("[Service]\n", "it sets nothing"),
            ("", "it sets nothing"),
            ("[Service]\nExecStart=/x \\\n", "its last line is continued"),
            ("[Service]\nX=\u{7}\n", "control characters"),
            ("[Service]\nEnvironment=A=1 DB_PASSWORD=hunter2\n", "secret DB_PASSWORD"),
            ("[Service]\nSetCredential=db:hunter2\n", "secret db"),
            ("[Service]\nExecStart=/x postgres://app:hunter2@db/app\n", "secret ExecStart"),
        ] {
            let found = words(text);
            assert!(found.contains(why) && !found.contains("hunter2"), "{text:?}: {found}");
        }
    }
}
