//! Options of Sidekiq, from command lines and files. Pure.

use std::collections::BTreeMap;

/// What was told; what was not is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) concurrency: Option<u32>,
    pub(super) queues: Vec<String>,
    pub(super) shutdown: Option<u32>,
}

impl Options {
    /// Of a command line, each with its value, such as `-c 5` or `--queue=default,8`; the last of a kind wins, but for queues.
    pub(super) fn of_words(words: &[String], environment: &BTreeMap<String, String>) -> Self {
        let mut options = Self::default();
        for word in words {
            let Some((name, value)) = parts(word) else { continue };
            let number = || expanded(value, environment)?.parse().ok();
            match name {
                "c" | "concurrency" => options.concurrency = number().or(options.concurrency),
                "t" | "timeout" => options.shutdown = number().or(options.shutdown),
                "q" | "queue" => options.serve(value.split(',').next().unwrap_or_default()),
                _ => {}
            }
        }
        options
    }

    /// Of the lines of a file (`-C`): YAML, with keys that may be symbols of Ruby. What only Ruby can tell is not known.
    pub(super) fn of_file(lines: &[String]) -> Self {
        let mut options = Self::default();
        for line in lines {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if let Some(item) = line.strip_prefix('-') {
                options.serve(item.trim().trim_start_matches('[').split(',').next().unwrap_or_default());
                continue;
            }
            let Some((key, value)) = line.trim_start_matches(':').split_once(':') else { continue };
            let value = value.trim();
            match key {
                "concurrency" => options.concurrency = value.parse().ok(),
                "timeout" => options.shutdown = value.parse().ok(),
                "queues" => {
                    let list = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or_default();
                    // Lists in a list are queues with weights.
                    for item in list.split(if list.contains('[') { "]" } else { "," }) {
                        let item = item.trim_matches(|c: char| c == ',' || c == '[' || c.is_whitespace());
                        options.serve(item.split(',').next().unwrap_or_default());
                    }
                }
                _ => {}
            }
        }
        options
    }

    /// These, and what they leave open from others.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            concurrency: self.concurrency.or(other.concurrency),
            queues: if self.queues.is_empty() { other.queues } else { self.queues },
            shutdown: self.shutdown.or(other.shutdown),
        }
    }

    /// A queue may be named more than once, for its weight.
    fn serve(&mut self, queue: &str) {
        let queue = queue.trim().trim_matches(['"', '\'', ']', ':']);
        let plain = |c: char| c.is_alphanumeric() || "_.:-".contains(c);
        if !queue.is_empty() && queue.chars().all(plain) && !self.queues.iter().any(|known| known == queue) {
            self.queues.push(queue.to_owned());
        }
    }
}

/// Name and value.
fn parts(word: &str) -> Option<(&str, &str)> {
    if let Some(long) = word.strip_prefix("--") {
        return long.split_once(['=', ' ']);
    }
    let short = word.strip_prefix('-')?;
    let (name, value) = short.split_at_checked(1)?;
    Some((name, value.trim()))
}

/// What systemd makes of `$NAME` or `${NAME}` (systemd.service(5), "Command lines").
fn expanded<'a>(value: &'a str, environment: &'a BTreeMap<String, String>) -> Option<&'a str> {
    match value.strip_prefix('$') {
        None => Some(value),
        Some(name) => environment.get(name.trim_start_matches('{').trim_end_matches('}')).map(|known| known.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn command_lines() {
        let environment = BTreeMap::from([("THREADS".to_owned(), "7".to_owned())]);
        let words =
            ["-c 25", "-c ${THREADS}", "-q default,8", "--queue=push", "-qpull", "-q push", "--timeout 8", "-C x.yml"];
        let known = Options::of_words(&owned(&words), &environment);
        let queues = owned(&["default", "push", "pull"]);
        assert_eq!(known, Options { concurrency: Some(7), queues, shutdown: Some(8) });
        assert_eq!(Options::of_words(&owned(&["-c $OTHER"]), &environment).concurrency, None);
    }

    #[test]
    fn files() {
        let lines =
            [":concurrency: 5 # threads", ":queues:", "  - [default, 8]", "  - \"push\"", "- pull", ":timeout: 25"];
        let known = Options::of_file(&owned(&lines));
        let queues = owned(&["default", "push", "pull"]);
        assert_eq!(known, Options { concurrency: Some(5), queues, shutdown: Some(25) });
        assert_eq!(Options::of_file(&owned(&["queues: [a, 'b']"])).queues, owned(&["a", "b"]));
        assert_eq!(Options::of_file(&owned(&[":queues: [[a, 2], [b, 1]]"])).queues, owned(&["a", "b"]));
        assert_eq!(Options::of_file(&owned(&[":concurrency: <%= ENV['X'] %>"])), Options::default());
    }
}
