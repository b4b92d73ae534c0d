//! The text of an `ssh_config(5)` with what it includes put in place, as ssh reads it.

use std::io;
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;

/// As deep as ssh goes (`READCONF_MAX_DEPTH` in OpenSSH's readconf.c).
const DEPTH: usize = 16;
/// No configuration that a person keeps has so many files.
const FILES: usize = 1000;

/// Why a configuration can't be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum IncludeError {
    /// A file can't be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Files include one another.
    #[error("{path} is included more than {DEPTH} levels deep, where ssh gives up too")]
    Deep {
        /// The file that would be read next.
        path: PathBuf,
    },
    /// Too many files.
    #[error("the configuration includes more than {FILES} files")]
    Many,
}

/// Where `~`, relative paths and variables lead.
pub(super) struct Reader<'a> {
    /// The home directory, where known.
    pub(super) home: Option<PathBuf>,
    /// An environment variable.
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    /// The whole text of a configuration file, includes in place.
    pub(super) fn read(&self, file: &Path) -> Result<String, IncludeError> {
        // ssh_config(5): relative paths are below ~/.ssh, or below /etc/ssh in the system's own configuration.
        let base = if file.starts_with("/etc/ssh") {
            PathBuf::from("/etc/ssh")
        } else {
            self.home.as_ref().map_or_else(|| file.parent().unwrap_or(Path::new("")).to_owned(), |it| it.join(".ssh"))
        };
        let mut text = String::new();
        self.append(file, &base, 0, &mut 0, &mut text)?;
        Ok(text)
    }

    /// `~` and `~/…`; other paths stay as they are.
    pub(super) fn expand_home(&self, path: &str) -> PathBuf {
        match (path.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(path),
        }
    }

    fn append(
        &self,
        file: &Path,
        base: &Path,
        depth: usize,
        files: &mut usize,
        text: &mut String,
    ) -> Result<(), IncludeError> {
        *files += 1;
        if depth > DEPTH {
            return Err(IncludeError::Deep { path: file.to_owned() });
        }
        if *files > FILES {
            return Err(IncludeError::Many);
        }
        let bytes = std::fs::read(file).map_err(|source| IncludeError::Io { path: file.to_owned(), source })?;
        // What stands after an include belongs to the block that the include stands in.
        let mut block = "Match all".to_owned();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let (keyword, arguments) = keyword(line);
            if keyword.eq_ignore_ascii_case("include") {
                for pattern in words(arguments) {
                    for included in self.matches(&pattern, base) {
                        self.append(&included, base, depth + 1, files, text)?;
                    }
                }
                text.push_str(&block);
                text.push('\n');
                continue;
            }
            if keyword.eq_ignore_ascii_case("host") || keyword.eq_ignore_ascii_case("match") {
                block = line.to_owned();
            }
            text.push_str(line);
            text.push('\n');
        }
        Ok(())
    }

    /// The files that a pattern of `Include` matches, in lexical order; none is no error, as in ssh.
    fn matches(&self, pattern: &str, base: &Path) -> Vec<PathBuf> {
        let Some(pattern) = self.expand_variables(pattern) else { return Vec::new() };
        let pattern = base.join(self.expand_home(&pattern));
        let mut found = vec![PathBuf::new()];
        for component in pattern.components() {
            found = match component {
                Component::Normal(name) if is_pattern(&name.to_string_lossy()) => {
                    found.iter().flat_map(|directory| entries(directory, &name.to_string_lossy())).collect()
                }
                component => found.into_iter().map(|path| path.join(component)).collect(),
            };
        }
        // `Include config.d/*` skips directories, which no ssh reads either.
        found.retain(|path| path.exists() && !path.is_dir());
        found
    }

    /// `${NAME}`; none where a variable is not set.
    fn expand_variables(&self, text: &str) -> Option<String> {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            expanded.push_str(before);
            expanded.push_str(&(self.variable)(name)?);
            rest = after;
        }
        Some(expanded + rest)
    }
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// The entries of a directory that match, sorted; as in glob(7), a leading dot must be written.
fn entries(directory: &Path, pattern: &str) -> Vec<PathBuf> {
    // globset knows `{a,b}`, glob(7) does not.
    let literal = pattern.replace('{', "[{]").replace('}', "[}]");
    let Ok(glob) = GlobBuilder::new(&literal).literal_separator(true).build() else { return Vec::new() };
    let matcher = glob.compile_matcher();
    // A directory that can't be listed has no match, as for glob(3).
    let Ok(listing) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> = listing
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| pattern.starts_with('.') || !name.to_string_lossy().starts_with('.'))
        .filter(|name| matcher.is_match(name))
        .collect();
    names.sort();
    names.into_iter().map(|name| directory.join(name)).collect()
}

/// Keyword and the rest of a line: `Include a b`, `Include=a`.
fn keyword(line: &str) -> (&str, &str) {
    let line = line.trim();
    let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    (keyword, rest.strip_prefix('=').unwrap_or(rest).trim_start())
}

/// Arguments, quoted or not, up to a comment.
fn words(arguments: &str) -> Vec<String> {
    // An unclosed quote is an error to ssh; here the words may do.
    let words = shell_words::split(arguments)
        .unwrap_or_else(|_| arguments.replace('"', "").split_whitespace().map(str::to_owned).collect());
    words.into_iter().take_while(|word| !word.starts_with('#')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lay(files: &[(&str, &str)]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        home
    }

    fn read(home: &tempfile::TempDir) -> Result<String, IncludeError> {
        let reader = Reader {
            home: Some(home.path().to_owned()),
            variable: &|name| (name == "WHERE").then(|| "work".to_owned()),
        };
        reader.read(&reader.expand_home("~/.ssh/config"))
    }

    #[test]
    fn includes_are_put_in_place() {
        let home = lay(&[
            (
                ".ssh/config",
                "Include config.d/* ~/other.conf # mine\nHost a\n  include \"${WHERE}/*.conf\"\n  User root\nInclude ${NONE}/x missing\nHost {b}\n",
            ),
            (".ssh/config.d/20", "Host twenty\n"),
            (".ssh/config.d/10", "Host ten\n"),
            (".ssh/config.d/.hidden", "Host hidden\n"),
            (".ssh/config.d/sub/x", "Host sub\n"),
            (".ssh/work/w.conf", "Host work\nInclude config.d/20"),
            ("other.conf", "Host other\n"),
        ]);
        insta::assert_snapshot!(read(&home).unwrap(), @r"
        Host ten
        Host twenty
        Host other
        Match all
        Host a
        Host work
        Host twenty
        Host work
        Host a
          User root
        Host a
        Host {b}
        ");
    }

    #[test]
    fn a_circle_ends() {
        let home = lay(&[(".ssh/config", "Include *\nHost a\n")]);
        assert!(matches!(read(&home), Err(IncludeError::Deep { .. })));
        let home = lay(&[(".ssh/config", &"Include ~/empty\n".repeat(1000)), ("empty", "")]);
        assert!(matches!(read(&home), Err(IncludeError::Many)));
    }

    #[test]
    fn a_file_that_is_not_there() {
        let home = lay(&[]);
        assert!(matches!(read(&home), Err(IncludeError::Io { .. })));
    }
}
