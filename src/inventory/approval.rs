//! Who must approve what before it is applied.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::approval_people::People;
use super::approval_signers::{self, Signer};
use super::context::Context;
use super::problem::Problem;
use super::source::Origin;
use super::suggest::{nearest, shown};
use super::text::{GroupName, Located};
use super::types_approval::{ActionName, ApprovalRuleTable, ApprovalTable, BreakGlassChoice};
use crate::names::HostName;
use crate::text::system_words;

/// How long an approval holds where nothing is said.
const VALID: Duration = Duration::from_secs(24 * 3600);

/// How many people approve where nothing is said.
const NEEDED: u32 = 2;

/// No list of signers or of revoked keys is larger.
const LARGEST: u64 = 16 << 20;

/// Which plans need the approval of several people, and whose.
#[derive(Clone, Debug)]
pub struct ApprovalDeclaration {
    /// The file of those who may sign, in the format ALLOWED SIGNERS of ssh-keygen(1).
    pub allowed_signers: PathBuf,
    /// What stands in it, in its order.
    pub signers: Vec<Signer>,
    /// A key revocation list, or public keys.
    pub revoked: Option<PathBuf>,
    /// How long an approval holds, and how old a plan may be.
    pub valid: Duration,
    /// Who may do without approval.
    pub break_glass: BreakGlass,
    /// Principals by the name of their user, where a plan's author would not be recognised otherwise.
    pub users: BTreeMap<String, String>,
    /// By name.
    pub rules: Vec<ApprovalRule>,
}

/// Who may do without approval, for a reason that everybody hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreakGlass {
    /// Nobody.
    Never,
    /// Everybody.
    Anybody,
    /// These principals, who prove it with a signature.
    These(BTreeSet<String>),
}

/// What needs approval, and whose.
#[derive(Clone, Debug)]
pub struct ApprovalRule {
    /// The name in the inventory.
    pub name: String,
    /// The hosts that it protects.
    pub hosts: BTreeSet<HostName>,
    /// The actions whose changes it protects; `None`: of all.
    pub actions: Option<BTreeSet<ActionName>>,
    /// How many people must approve.
    pub needed: u32,
    /// The principals whose approval counts; `None`: of all who may sign.
    pub by: Option<BTreeSet<String>>,
    /// Whether the approval of the plan's author counts.
    pub author_counts: bool,
    /// Where it is declared.
    pub origin: Origin,
}

/// Resolves `[approval]`.
pub(super) fn build(table: ApprovalTable, context: &mut Context<'_>) -> ApprovalDeclaration {
    let allowed_signers = context.dir.join(table.allowed_signers.trim());
    let text = read(&table.allowed_signers, "allowed_signers", &allowed_signers, context);
    let amiss = context.problems.len();
    let signers = text
        .as_ref()
        .map(|text| approval_signers::parse(&allowed_signers, &String::from_utf8_lossy(text), &mut context.problems))
        .unwrap_or_default();
    if text.is_some() && signers.is_empty() && context.problems.len() == amiss {
        context.problems.push(
            Problem::new("bad-value", "`allowed_signers` of approval lists nobody")
                .label(table.allowed_signers.span.clone(), "nobody is in it")
                .help("write a line `alice@example.org ssh-ed25519 AAAA…` for each who may sign: see ssh-keygen(1)"),
        );
    }
    let mut people = Names { signers: &signers, context };
    let break_glass = match table.break_glass.map(|choice| choice.value) {
        None | Some(BreakGlassChoice::Anybody(false)) => BreakGlass::Never,
        Some(BreakGlassChoice::Anybody(true)) => BreakGlass::Anybody,
        Some(BreakGlassChoice::These(names)) => BreakGlass::These(people.all(&names)),
    };
    let users = table.users.into_iter().map(|(user, principal)| {
        people.known(&principal);
        (user.value, principal.value)
    });
    let users = users.collect();
    if table.rules.is_empty() {
        people.context.problems.push(
            Problem::new("empty", "`approval.rules` declares nothing")
                .label(table.rules.span.clone(), "no rule")
                .help("write what needs approval, such as [approval.rules.all] with needed = 2"),
        );
    }
    let rules = table.rules.value.into_iter().filter_map(|(name, table)| rule(&name, table, &mut people)).collect();
    let valid = table.valid.map_or(VALID, |span| {
        if span.0.is_zero() {
            let problem = Problem::new("bad-value", "`valid` of approval is no time at all: nothing could be approved");
            context.problems.push(problem.label(span.span.clone(), "zero"));
        }
        span.0
    });
    let revoked = table.revoked.map(|file| revoked(&file, context));
    ApprovalDeclaration { allowed_signers, signers, revoked, valid, break_glass, users, rules }
}

fn rule(name: &Located<GroupName>, table: ApprovalRuleTable, people: &mut Names<'_, '_>) -> Option<ApprovalRule> {
    let hosts = match &table.hosts {
        Some(selector) => people.context.select(selector),
        None => Some(people.context.hosts.clone()),
    };
    let by = table.by.as_ref().map(|names| people.all(names));
    let needed = table.needed.as_ref().map_or(NEEDED, |needed| needed.value);
    // A CA may speak for any number of people, and where a name is unknown that is the problem.
    let open = people.signers.is_empty() || people.signers.iter().any(|signer| signer.cert_authority);
    if !open && by.iter().flatten().all(|name| people.knows(name)) {
        let there = People::of(people.signers).among(by.as_ref()).len();
        // The author is one of them, or nobody knows who it is.
        let author_counts = table.author_counts.unwrap_or(true);
        let able = if author_counts { there } else { there.saturating_sub(1) };
        if usize::try_from(needed).is_ok_and(|needed| needed > able) {
            let span = table.needed.as_ref().map_or_else(|| name.span.clone(), |needed| needed.span.clone());
            let of = if author_counts { "" } else { ", and the author does not count" };
            let message = format!("approval.rules.{} needs {needed} people, and {there} may approve{of}", name.value);
            people.context.problems.push(
                Problem::new("out-of-range", message)
                    .label(span, "could never be met")
                    .help("name more people in `by`, or list them in `allowed_signers`; several keys or names of one person count once"),
            );
        }
    }
    Some(ApprovalRule {
        name: name.value.to_string(),
        hosts: hosts?,
        actions: table.actions.map(|actions| actions.into_iter().collect()),
        needed,
        by,
        author_counts: table.author_counts.unwrap_or(true),
        origin: people.context.origin(&name.span),
    })
}

/// The principals that are known, and where to say that one isn't.
struct Names<'n, 'c> {
    signers: &'n [Signer],
    context: &'n mut Context<'c>,
}

impl Names<'_, '_> {
    fn all(&mut self, names: &[Located<String>]) -> BTreeSet<String> {
        let mut first: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for name in names {
            self.known(name);
            if let Some(before) = first.insert(name.as_str(), name.span.clone()) {
                self.context.problems.push(
                    Problem::new("duplicate", format!("\"{}\" is named twice", shown(name)))
                        .label(before, "here")
                        .label(name.span.clone(), "and here"),
                );
            }
        }
        names.iter().map(|name| name.value.clone()).collect()
    }

    fn knows(&self, name: &str) -> bool {
        self.signers.iter().any(|signer| signer.speaks_for(name))
    }

    fn known(&mut self, name: &Located<String>) {
        if self.signers.is_empty() || self.knows(name) {
            return;
        }
        let principals =
            self.signers.iter().filter(|signer| !signer.cert_authority).flat_map(|signer| &signer.principals);
        let help = nearest(name, principals.map(String::as_str)).map_or_else(
            || "add a line for this principal to `allowed_signers`".to_owned(),
            |near| format!("did you mean \"{near}\"?"),
        );
        self.context.problems.push(
            Problem::new("unknown-name", format!("no principal of `allowed_signers` is called \"{}\"", shown(name)))
                .label(name.span.clone(), "unknown")
                .help(help),
        );
    }
}

fn revoked(file: &Located<String>, context: &mut Context<'_>) -> PathBuf {
    let path = context.dir.join(file.trim());
    let Some(bytes) = read(file, "revoked", &path, context) else { return path };
    // PROTOCOL.krl of OpenSSH, section 2: a magic number.
    if bytes.starts_with(b"SSHKRL\n\0") {
        return path;
    }
    for (number, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') && approval_signers::public_key(line).is_none() {
            let message = format!("{}:{}: there is no public key in the line", path.display(), number + 1);
            context.problems.push(
                Problem::new("bad-signer", message)
                    .file(&path)
                    .position(number + 1, 1)
                    .help("write a public key a line, or make a key revocation list: `ssh-keygen -k`"),
            );
        }
    }
    path
}

fn read(name: &Located<String>, key: &str, path: &Path, context: &mut Context<'_>) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let read = || {
        let file = std::fs::File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(std::io::Error::other("not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).map(|_| bytes)
    };
    read()
        .map_err(|error| {
            context.problems.push(
                Problem::new("file-unreadable", format!("can't read {}: {}", path.display(), system_words(&error)))
                    .label(name.span.clone(), "this file")
                    .help(format!("`{key}` of approval is relative to the inventory directory")),
            );
        })
        .ok()
}
