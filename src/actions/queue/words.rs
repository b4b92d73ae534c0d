//! Small forms of words about workers.

/// Such as `takes 5 connections`.
pub(super) fn takes(connections: u32) -> String {
    match connections {
        0 => "runs".to_owned(),
        1 => "takes 1 connection".to_owned(),
        _ => format!("takes {connections} connections"),
    }
}

/// Such as `4 run`.
pub(super) fn run(count: usize) -> String {
    match count {
        0 => "none runs".to_owned(),
        1 => "1 runs".to_owned(),
        _ => format!("{count} run"),
    }
}

/// A number, or `none`.
pub(super) fn none_or(count: u32) -> String {
    if count == 0 { "none".to_owned() } else { count.to_string() }
}
