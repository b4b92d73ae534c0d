//! One document on stdout whatever happens; what happens when stdout ends.

use std::sync::Arc;

use super::*;
use crate::engine::status::{Failure, Status};
use crate::names::HostName;
use crate::report::samples;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ui(format: OutputFormat, stdout: impl Write + Send + 'static) -> (Ui, Buffer) {
    let said = Buffer::default();
    let ui = Ui {
        out: Canvas { width: 80, color: false },
        err: Canvas { width: 80, color: false },
        bars: None,
        stdout: Mutex::new(Box::new(stdout)),
        stderr: Mutex::new(Box::new(said.clone())),
        ..Ui::new(format, ColorChoice::Never, true)
    };
    (ui, said)
}

fn failure() -> ErrorReport {
    ErrorReport::new(Failure::new("no-hosts", "no host is named `frizt`", "did you mean `fritz`?"))
}

#[test]
fn json_is_exactly_one_document() {
    let out = Buffer::default();
    let (ui, said) = ui(OutputFormat::Json, out.clone());
    let progress = ui.progress(1, "checking");
    progress.begin(&HostName::new("fritz"));
    progress.end(&HostName::new("fritz"), Status::Ok);
    ui.warn("something");
    ui.result(&samples::check()).unwrap();
    ui.error(&failure()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    assert_eq!(document["schema"], "fleet/check/v1");
    assert_eq!(said.text(), "warning: something\nerror: no host is named `frizt`\nhint: did you mean `fritz`?\n");
}

#[test]
fn a_failed_command_has_a_document_too() {
    for format in [OutputFormat::Json, OutputFormat::Jsonl] {
        let out = Buffer::default();
        let (ui, said) = ui(format, out.clone());
        ui.error(&failure()).unwrap();
        let document: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
        assert_eq!(document["schema"], "fleet/error/v1");
        assert_eq!(document["error"]["code"], "no-hosts");
        assert!(said.text().starts_with("error: "));
    }
    let out = Buffer::default();
    let (ui, _) = ui(OutputFormat::Table, out.clone());
    ui.error(&failure()).unwrap();
    assert_eq!(out.text(), "");
}

#[test]
fn jsonl_is_an_event_a_line_and_the_result_last() {
    let out = Buffer::default();
    let (ui, said) = ui(OutputFormat::Jsonl, out.clone());
    let progress = ui.progress(1, "checking");
    progress.begin(&HostName::new("fritz"));
    progress.phase(&HostName::new("fritz"), "observe");
    progress.end(&HostName::new("fritz"), Status::Ok);
    drop(progress);
    ui.result(&samples::check()).unwrap();
    let text = out.text();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let schemas: Vec<&str> = lines.iter().map(|line| line["schema"].as_str().unwrap()).collect();
    assert_eq!(schemas, ["fleet/event/v1", "fleet/event/v1", "fleet/event/v1", "fleet/check/v1"]);
    assert_eq!(said.text(), "");
}

#[test]
fn a_reader_that_has_gone_is_no_error_but_a_full_disk_is() {
    for format in [OutputFormat::Table, OutputFormat::Json, OutputFormat::Jsonl] {
        ui(format, Gone).0.result(&samples::check()).unwrap();
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let error = ui(format, full).0.result(&samples::check()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    // Under a test harness in a terminal, somebody is there.
    if !io::stdin().is_terminal() {
        assert_eq!(ui(OutputFormat::Table, Gone).0.confirm("go on?"), None);
    }
}

#[test]
fn the_terminal_knows_its_width_best() {
    assert_eq!(width(Some(120), Some(90), true), 120);
    assert_eq!(width(Some(0), Some(90), true), 90);
    assert_eq!(width(None, None, true), 80);
    assert_eq!(width(None, Some(90), false), 90);
    assert_eq!(width(None, Some(0), false), 100);
    assert_eq!(width(Some(3), None, true), 40);
}

#[test]
fn only_a_yes_is_a_yes() {
    for (answer, yes) in
        [("y\n", true), ("YES\n", true), (" yes \r\n", true), ("\n", false), ("", false), ("yess\n", false)]
    {
        assert_eq!(is_yes(answer), yes, "{answer:?}");
    }
}

#[test]
fn json_cannot_command_a_terminal() {
    let text = json(&serde_json::to_string("\u{9b}31m\u{1b}[0m\u{7f}ü").unwrap());
    assert_eq!(text, "\"\\u009b31m\\u001b[0m\\u007fü\"\n");
    assert_eq!(serde_json::from_str::<String>(&text).unwrap(), "\u{9b}31m\u{1b}[0m\u{7f}ü");
}
