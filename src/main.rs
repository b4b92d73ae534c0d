//! The `fleet` binary: parse, call one command, exit code; nothing else.

fn main() {}
