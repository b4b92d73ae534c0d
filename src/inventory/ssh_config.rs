//! A starter inventory from the hosts of an `ssh_config(5)`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// `hosts.toml` with the hosts that an ssh configuration names, without those that are patterns; none, if there are
/// no others. Addresses, users and ports stay where they are: ssh keeps reading them. `Include` is not followed.
pub fn from_ssh_config(text: &str) -> Option<String> {
    let mut hosts: BTreeMap<String, BTreeMap<&'static str, String>> = BTreeMap::new();
    let mut left_out: BTreeSet<String> = BTreeSet::new();
    let mut current: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some((keyword, arguments)) = split(line) else {
            continue;
        };
        match keyword.to_ascii_lowercase().as_str() {
            "host" => {
                current.clear();
                for name in arguments {
                    if name.contains(['*', '?', '!']) {
                        continue;
                    }
                    if valid(&name) {
                        hosts.entry(name.clone()).or_default();
                        current.push(name);
                    } else {
                        left_out.insert(name.escape_default().to_string());
                    }
                }
            }
            "match" => current.clear(),
            keyword => {
                let field = match keyword {
                    "hostname" => "HostName",
                    "user" => "User",
                    "port" => "Port",
                    _ => continue,
                };
                for name in &current {
                    if let (Some(fields), Some(value)) = (hosts.get_mut(name), arguments.first()) {
                        // The first one counts, as in ssh.
                        fields.entry(field).or_insert_with(|| value.chars().filter(|c| !c.is_control()).collect());
                    }
                }
            }
        }
    }
    if hosts.is_empty() {
        return None;
    }
    let mut out = String::from(
        "# The hosts of your ssh configuration. ssh reads their addresses, users and keys from there, still;\n\
         # an `address` here would win.\n",
    );
    for name in left_out {
        // Writing to a String can't fail.
        let _written = writeln!(out, "# Left out, since it is no name for a host: {name}");
    }
    for (name, fields) in hosts {
        let fields: Vec<String> = fields.into_iter().map(|(field, value)| format!("{field} {value}")).collect();
        let comment = if fields.is_empty() { String::new() } else { format!("  # {}", fields.join(", ")) };
        let key = if name.contains('.') { format!("\"{name}\"") } else { name };
        let _written = write!(out, "\n[hosts.{key}]{comment}\n");
    }
    Some(out)
}

/// Keyword and arguments: `Host a b`, `Host=a`, `Host "a b"`.
fn split(line: &str) -> Option<(&str, Vec<String>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    let mut arguments = Vec::new();
    let mut argument = String::new();
    let mut quoted = false;
    for c in rest.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && argument.is_empty() => break,
            c if c.is_whitespace() && !quoted => {
                if !argument.is_empty() {
                    arguments.push(std::mem::take(&mut argument));
                }
            }
            c => argument.push(c),
        }
    }
    if !argument.is_empty() {
        arguments.push(argument);
    }
    Some((keyword, arguments))
}

fn valid(name: &str) -> bool {
    name.len() <= 253
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_patterns() {
        let config = "\
# mine
Host *
    ServerAliveInterval 30
Host fritz franz cdn-*  # web
    HostName 192.0.2.10
    User=root
    hostname 192.0.2.99
host \"nietzsche.example.org\"
  Port 2222
Match host sally
  User other
Host bad;name !x
  User nobody
";
        let text = from_ssh_config(config).unwrap();
        insta::assert_snapshot!(text);
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("hosts.toml"), &text).unwrap();
        let inventory = crate::inventory::Inventory::load(dir.path()).unwrap();
        let names: Vec<&str> = inventory.hosts().keys().map(crate::names::HostName::as_str).collect();
        assert_eq!(names, ["franz", "fritz", "nietzsche.example.org"]);
    }

    #[test]
    fn nothing_to_take() {
        assert_eq!(from_ssh_config("Host *\n User root\n"), None);
        assert_eq!(from_ssh_config(""), None);
    }
}
