//! What the checks of meaning share: the names that are known, and the problems found so far.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use super::problem::Problem;
use super::selector::{Selector, SelectorError, Universe};
use super::source::{Origin, Sources};
use super::suggest::nearest;
use super::text::{GroupName, HostText, Located};
use super::types::GroupsTable;
use crate::names::HostName;

/// The names that are known, and the problems found so far.
pub(super) struct Context<'a> {
    pub(super) dir: &'a Path,
    pub(super) sources: &'a Sources,
    /// Some declarations could not be read: unknown names are then no news.
    pub(super) names_lost: bool,
    /// Some groups are not what they are meant to be: what follows from their hosts is no news either.
    pub(super) doubtful: bool,
    pub(super) problems: Vec<Problem>,
    pub(super) hosts: BTreeSet<HostName>,
    pub(super) groups: BTreeMap<GroupName, BTreeSet<HostName>>,
    pub(super) order: BTreeMap<GroupName, usize>,
    /// What was read beside the inventory's own files, such as templates: problems may point into it.
    pub(super) beside: Beside,
}

/// Further sources, laid behind those of the inventory.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Name and text.
    pub(super) files: Vec<(String, String)>,
    end: usize,
}

impl Beside {
    /// Behind these.
    pub(super) fn behind(sources: &Sources) -> Self {
        Self { files: Vec::new(), end: sources.end() }
    }

    /// Where the file begins, which is added unless it is there.
    pub(super) fn base(&mut self, name: &str, text: &str) -> usize {
        let mut base = self.end - self.files.iter().map(|(_, text)| text.len() + 1).sum::<usize>();
        for (known, text) in &self.files {
            if known == name {
                return base;
            }
            base += text.len() + 1;
        }
        self.files.push((name.to_owned(), text.to_owned()));
        self.end += text.len() + 1;
        base
    }
}

impl Universe for Context<'_> {
    fn hosts(&self) -> &BTreeSet<HostName> {
        &self.hosts
    }

    fn group(&self, name: &str) -> Option<&BTreeSet<HostName>> {
        self.groups.get(name)
    }

    fn group_names(&self) -> Vec<&str> {
        self.groups.keys().map(GroupName::as_str).collect()
    }
}

impl<'a> Context<'a> {
    /// With these hosts; its groups are still to be resolved.
    pub(super) fn of(
        dir: &'a Path,
        sources: &'a Sources,
        names_lost: bool,
        hosts: &BTreeMap<HostName, Range<usize>>,
        problems: Vec<Problem>,
    ) -> Self {
        Self {
            dir,
            sources,
            names_lost,
            doubtful: names_lost,
            problems,
            hosts: hosts.keys().cloned().collect(),
            groups: BTreeMap::new(),
            order: BTreeMap::new(),
            beside: Beside::behind(sources),
        }
    }

    /// File, line and column of a span.
    pub(super) fn origin(&self, span: &Range<usize>) -> Origin {
        // Every span comes from one of the sources.
        self.sources.origin(span.start).unwrap_or(Origin { file: String::new(), line: 0, column: 0 })
    }

    /// The hosts of a selector in the inventory; none, and a problem, when it is wrong.
    pub(super) fn select(&mut self, selector: &Located<String>) -> Option<BTreeSet<HostName>> {
        let result = parse(selector, self.dir).and_then(|parsed| parsed.evaluate(self));
        result.map_err(|error| self.selector_problem(&error, selector)).ok()
    }

    fn selector_problem(&mut self, error: &SelectorError, selector: &Located<String>) {
        let noise = match error.code() {
            "selector-syntax" | "selector-file" => false,
            "empty-selection" => self.names_lost || self.doubtful,
            _ => self.names_lost,
        };
        if noise {
            return;
        }
        let span = self.sources.within(&selector.span, selector, error.range());
        let label = match error.code() {
            "unknown-name" => "unknown",
            "no-match" => "matches nothing",
            "empty-selection" => "selects nothing",
            _ => "here",
        };
        let problem = Problem::new(error.code(), error.message()).label(span, label);
        self.problems.push(match error.hint() {
            Some(hint) => problem.help(hint),
            None => problem,
        });
    }

    /// The hosts of a name that must be a host or a group, and whether it is a host.
    pub(super) fn named(&mut self, name: &Located<GroupName>) -> Option<(BTreeSet<HostName>, bool)> {
        if let Some(host) = self.hosts.get(name.as_str()) {
            return Some((BTreeSet::from([host.clone()]), true));
        }
        if let Some(hosts) = self.groups.get(name.as_str()) {
            return Some((hosts.clone(), false));
        }
        if !self.names_lost {
            let candidates = self.hosts.iter().map(HostName::as_str).chain(self.groups.keys().map(GroupName::as_str));
            let help = nearest(name.as_str(), candidates).map_or_else(
                || "declare it in [hosts.NAME] or [groups]".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.problems.push(
                Problem::new("unknown-name", format!("no host or group is called `{}`", name.value))
                    .label(name.span.clone(), "unknown")
                    .help(help),
            );
        }
        None
    }

    /// Resolves all groups, each after those that it names.
    pub(super) fn resolve_groups(&mut self, names: &BTreeMap<HostName, Range<usize>>, table: &GroupsTable) {
        for (group, selector) in &table.groups {
            if let Some(host) = names.get(group.as_str()) {
                self.problems.push(
                    Problem::new("name-twice", format!("`{}` is a host and a group", group.value))
                        .label(host.clone(), "the host")
                        .label(group.span.clone(), "the group")
                        .help("rename one of the two"),
                );
            }
            // A typo here would else only show as a puzzling empty group.
            if selector.trim().is_empty() {
                self.problems.push(
                    Problem::new("selector-syntax", format!("the group `{}` is empty", group.value))
                        .label(selector.span.clone(), "empty")
                        .help("name hosts or groups, such as \"web1, cdn-*\""),
                );
            }
        }
        let mut parsed: BTreeMap<&str, (&GroupName, Selector, &Located<String>)> = BTreeMap::new();
        for (group, selector) in &table.groups {
            if selector.trim().is_empty() {
                self.stand_in(&group.value);
                continue;
            }
            match parse(selector, self.dir) {
                Ok(ready) => {
                    parsed.insert(group.as_str(), (&group.value, ready, selector));
                }
                Err(error) => {
                    self.selector_problem(&error, selector);
                    self.stand_in(&group.value);
                }
            }
        }
        let order = self.sorted(&parsed);
        for name in order {
            let Some((group, selector, text)) = parsed.get(name) else {
                continue;
            };
            match selector.evaluate(self) {
                Ok(hosts) => {
                    self.groups.insert((*group).clone(), hosts);
                }
                Err(error) => {
                    self.selector_problem(&error, text);
                    self.stand_in(group);
                }
            }
        }
        self.rank(&table.order);
    }

    /// Takes all hosts for a group that is wrong: whoever names it has no problem of its own.
    fn stand_in(&mut self, group: &GroupName) {
        self.doubtful = true;
        self.groups.insert(group.clone(), self.hosts.clone());
    }

    /// Groups in the order in which they can be resolved; cycles are reported, and cut at one place.
    fn sorted<'n>(&mut self, parsed: &BTreeMap<&'n str, (&GroupName, Selector, &Located<String>)>) -> Vec<&'n str> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            Open,
            Done,
        }
        let edges: BTreeMap<&'n str, Vec<(&'n str, Range<usize>)>> = parsed
            .iter()
            .map(|(name, (_, selector, _))| {
                let to = selector.names().into_iter().filter_map(|(to, at)| {
                    parsed.get_key_value(to).filter(|_| !self.hosts.contains(to)).map(|(to, _)| (*to, at))
                });
                (*name, to.collect())
            })
            .collect();
        let mut marks: BTreeMap<&str, Mark> = BTreeMap::new();
        let mut order = Vec::new();
        for start in edges.keys() {
            // Without recursion: a chain of groups may be long.
            let mut stack: Vec<(&'n str, usize)> = Vec::new();
            if !marks.contains_key(start) {
                marks.insert(start, Mark::Open);
                stack.push((start, 0));
            }
            while let Some((name, next)) = stack.pop() {
                let Some((to, _)) = edges.get(name).and_then(|to| to.get(next)) else {
                    marks.insert(name, Mark::Done);
                    order.push(name);
                    continue;
                };
                stack.push((name, next + 1));
                match marks.get(to) {
                    None => {
                        marks.insert(to, Mark::Open);
                        stack.push((to, 0));
                    }
                    Some(Mark::Open) => {
                        let from = stack.iter().position(|(name, _)| name == to).unwrap_or(0);
                        let cycle: Vec<(&str, usize)> = stack[from..].to_vec();
                        self.cycle(&cycle, &edges, parsed);
                    }
                    Some(Mark::Done) => {}
                }
            }
        }
        order
    }

    fn cycle(
        &mut self,
        cycle: &[(&str, usize)],
        edges: &BTreeMap<&str, Vec<(&str, Range<usize>)>>,
        parsed: &BTreeMap<&str, (&GroupName, Selector, &Located<String>)>,
    ) {
        let mut path: Vec<&str> = cycle.iter().map(|(name, _)| *name).collect();
        path.extend(path.first().copied());
        if let Some((group, ..)) = path.first().and_then(|first| parsed.get(first)) {
            self.stand_in(group);
        }
        let message = match path.as_slice() {
            [only, _] => format!("the group {only} contains itself"),
            _ if path.len() > 10 => format!("{} groups contain each other", path.len() - 1),
            _ => format!("groups contain each other: {}", path.join(" → ")),
        };
        let mut problem = Problem::new("group-cycle", message).help("take one of the names out");
        for (name, next) in cycle.iter().take(10) {
            let edge = edges.get(name).and_then(|to| to.get(next - 1));
            if let (Some((to, at)), Some((_, _, text))) = (edge, parsed.get(name)) {
                let span = self.sources.within(&text.span, text, at.clone());
                problem = problem.label(span, format!("{name} contains {to}"));
            }
        }
        self.problems.push(problem);
    }

    fn rank(&mut self, order: &[Located<GroupName>]) {
        let mut first: BTreeMap<&GroupName, Range<usize>> = BTreeMap::new();
        for (rank, name) in order.iter().enumerate() {
            if let Some(before) = first.insert(&name.value, name.span.clone()) {
                self.problems.push(
                    Problem::new("duplicate", format!("`{}` is ranked twice in `groups.order`", name.value))
                        .label(before, "here")
                        .label(name.span.clone(), "and here"),
                );
            }
            if self.groups.contains_key(&name.value) {
                self.order.insert(name.value.clone(), rank);
            } else if !self.names_lost {
                let help = nearest(name.as_str(), self.groups.keys().map(GroupName::as_str)).map_or_else(
                    || "`order` ranks groups, from the weakest".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.problems.push(
                    Problem::new("unknown-name", format!("no group is called `{}`", name.value))
                        .label(name.span.clone(), "unknown")
                        .help(help),
                );
            }
        }
    }
}

/// Parses a selector; `@file` is read below the inventory directory.
fn parse(selector: &str, dir: &Path) -> Result<Selector, SelectorError> {
    Selector::parse(selector, &|path| read_selector_file(&dir.join(path)))
}

/// The text of a selector file, of at most 16 MiB.
pub(crate) fn read_selector_file(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let reason = |error: std::io::Error| crate::text::system_words(&error);
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(reason)?;
    if !file.metadata().map_err(reason)?.is_file() {
        return Err("not a regular file".to_owned());
    }
    file.take(16 << 20).read_to_string(&mut text).map_err(reason)?;
    Ok(text)
}

/// The names of hosts with their places.
pub(super) fn host_spans<'a>(hosts: impl Iterator<Item = &'a Located<HostText>>) -> BTreeMap<HostName, Range<usize>> {
    hosts.map(|name| (HostName::new(name.as_str()), name.span.clone())).collect()
}
