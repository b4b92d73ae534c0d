//! The `fleet` binary: parse, call one command, exit code; nothing else.

fn main() -> std::process::ExitCode {
    fleet::cli::run(std::env::args_os()).into()
}
