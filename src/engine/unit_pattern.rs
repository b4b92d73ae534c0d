//! Patterns of units, as systemctl(1) takes them.

use globset::GlobBuilder;

/// A pattern as systemctl takes it: a template stands for all of its instances.
pub fn instances(pattern: &str) -> String {
    match pattern.rsplit_once("@.") {
        Some((template, suffix)) => format!("{template}@*.{suffix}"),
        None => pattern.to_owned(),
    }
}

/// Whether a unit is meant. A backslash is a part of names (systemd-escape(1)), not an escape, as in systemctl's own patterns.
pub fn is_meant(pattern: &str, unit: &str) -> bool {
    let pattern = instances(pattern);
    let glob = GlobBuilder::new(&pattern).backslash_escape(false).build();
    // What is no glob is a name.
    pattern == unit || glob.is_ok_and(|glob| glob.compile_matcher().is_match(unit))
}
