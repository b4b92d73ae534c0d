//! The format ALLOWED SIGNERS of ssh-keygen(1), as far as it must be known before a signature is held against it: who is
//! in it. Whether a signature counts, with all options of a line, is ssh-keygen's own to say.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use super::suggest::{nearest, shown};

/// One line: a key, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The line, from 1.
    pub line: usize,
    /// The names that the line gives to the one who has the key; of a CA, patterns.
    pub principals: Vec<String>,
    /// Whether the key signs certificates, which name their principals themselves.
    pub cert_authority: bool,
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
}

impl Signer {
    /// Whether it may speak for a principal.
    pub fn speaks_for(&self, principal: &str) -> bool {
        if !self.cert_authority {
            return self.principals.iter().any(|known| known == principal);
        }
        let (without, with): (Vec<&str>, Vec<&str>) =
            self.principals.iter().map(String::as_str).partition(|pattern| pattern.starts_with('!'));
        with.iter().any(|pattern| glob(pattern, principal))
            && !without.iter().any(|pattern| glob(&pattern[1..], principal))
    }
}

/// PATTERNS of `ssh_config(5)`: `*` and `?`.
fn glob(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| glob(rest.as_str(), &text[at..]))
        }
        Some(one) => {
            let mut chars = text.chars();
            chars.next().is_some_and(|first| one == '?' || one == first) && glob(rest.as_str(), chars.as_str())
        }
    }
}

/// SHA-256 over a public key as it is on the wire, as `ssh-keygen -l` shows it.
pub fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// The public key in the form of `authorized_keys(5)`, `TYPE BASE64 [COMMENT]`, as it is on the wire.
pub fn public_key(text: &str) -> Option<Vec<u8>> {
    let mut words = text.split_whitespace();
    let (kind, blob) = (words.next()?, BASE64_STANDARD.decode(words.next()?).ok()?);
    // RFC 4253, section 6.6: the type stands in front, with its length.
    let (length, rest) = blob.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (rest.get(..length)? == kind.as_bytes()).then_some(blob)
}

/// All lines of the file; each that is wrong is a problem.
pub(super) fn parse(path: &Path, text: &str, problems: &mut Vec<Problem>) -> Vec<Signer> {
    let mut signers = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        match signer(trimmed, number + 1) {
            Ok(signer) => signers.push(signer),
            Err((message, help)) => {
                let place = format!("{}:{}: {message}", path.display(), number + 1);
                problems.push(Problem::new("bad-signer", place).file(path).position(number + 1, 1).help(help));
            }
        }
    }
    signers
}

const FORM: &str = "write PRINCIPALS [OPTIONS] KEYTYPE KEY: see ALLOWED SIGNERS in ssh-keygen(1)";

fn signer(line: &str, number: usize) -> Result<Signer, (String, String)> {
    let wrong = |message: &str| (message.to_owned(), FORM.to_owned());
    let (principals, rest) = word(line);
    let principals: Vec<String> =
        principals.trim_matches('"').split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if principals.is_empty() {
        return Err(wrong("the line names nobody"));
    }
    let (options, key) = match public_key(rest) {
        Some(_) => ("", rest),
        None => word(rest),
    };
    let Some(blob) = public_key(key) else {
        let pasted = rest.is_empty() || public_key(line).is_some();
        return Err(if pasted {
            wrong("the line lacks the principal before the key")
        } else {
            wrong("there is no public key in the line")
        });
    };
    let cert_authority = self::options(options)?;
    if !cert_authority && let Some(pattern) = principals.iter().find(|name| name.contains(['*', '?', '!'])) {
        let message = format!("\"{}\" is a pattern: nobody could tell who has signed", shown(pattern));
        return Err((
            message,
            "name the one who has the key; only a line with cert-authority may hold patterns".to_owned(),
        ));
    }
    Ok(Signer { line: number, principals, cert_authority, fingerprint: fingerprint(&blob) })
}

/// Whether the key is that of a CA.
fn options(text: &str) -> Result<bool, (String, String)> {
    const KNOWN: [&str; 4] = ["cert-authority", "namespaces", "valid-after", "valid-before"];
    let mut authority = false;
    let mut quoted = false;
    for option in text.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    }) {
        let name = option.split('=').next().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "" => {}
            "cert-authority" => authority = true,
            name if KNOWN.contains(&name) && option.contains('=') => {}
            name => {
                let help =
                    nearest(name, KNOWN).map_or_else(|| FORM.to_owned(), |near| format!("did you mean `{near}`?"));
                return Err((format!("unknown option `{}`", shown(name)), help));
            }
        }
    }
    Ok(authority)
}

/// The first word, which may hold blanks in quotes, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = text.find(|c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    });
    let (first, rest) = text.split_at(end.unwrap_or(text.len()));
    (first, rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPgvum3unEhNDUvoiZwvbIdN913E3BubTohWBOOCeo0o";

    fn of(text: &str) -> (Vec<Signer>, Vec<String>) {
        let mut problems = Vec::new();
        let signers = parse(Path::new("allowed_signers"), text, &mut problems);
        (signers, problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn lines_as_ssh_keygen_takes_them() {
        let text = format!(
            "# who signs\n\nalice@example.org {KEY} alice's laptop\nbob@example.org,bob \
             namespaces=\"fleet-approval@fleet,git\",valid-before=\"20300101\" {KEY}\n*@example.org,!eve@example.org \
             cert-authority {KEY}\n"
        );
        let (signers, problems) = of(&text);
        assert_eq!(problems, [""; 0]);
        assert_eq!(signers.iter().map(|signer| signer.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(signers[1].principals, ["bob@example.org", "bob"]);
        assert!(signers[0].speaks_for("alice@example.org") && !signers[0].speaks_for("alice"));
        assert!(signers[2].speaks_for("carol@example.org") && !signers[2].speaks_for("eve@example.org"));
        assert!(signers[0].fingerprint.starts_with("SHA256:"));
    }

    #[test]
    fn each_wrong_line_is_told_with_its_number() {
        let text = format!(
            "{KEY}\nalice@example.org\nbob@example.org ssh-ed25519 AAAA\n*@example.org {KEY}\ncarol@example.org \
             namespace=\"git\" {KEY}\n"
        );
        let (signers, problems) = of(&text);
        assert_eq!(signers, []);
        assert_eq!(problems.len(), 5, "{problems:?}");
        assert!(problems[0].contains("allowed_signers:1: the line lacks the principal"), "{problems:?}");
        assert!(problems[3].contains("is a pattern"), "{problems:?}");
        assert!(problems[4].contains("unknown option `namespace`"), "{problems:?}");
    }
}
