//! `fleet incident`: the record, its postmortem, and who is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::place::{ENV, HOSTS, Place, Run};

const JOURNAL: &str = ".fleet/journal/journal.jsonl";

fn good(place: &Place, arguments: &[&str]) -> Run {
    let run = place.fleet(arguments);
    assert_eq!(run.code, Some(0), "{arguments:?}: {}{}", run.stdout, run.stderr);
    run
}

/// Opens an incident and returns its name.
fn opened(place: &Place, title: &str) -> String {
    let document = good(place, &["incident", "open", title, "--json"]).document("incident");
    document["id"].as_str().unwrap().to_owned()
}

fn incidents(place: &Place, what: &str) -> Vec<Value> {
    let document = good(place, &["incident", what, "--json"]).document("incidents");
    document["incidents"].as_array().unwrap().clone()
}

#[test]
fn from_its_opening_to_its_postmortem() {
    let place = Place::whole();
    assert_eq!(incidents(&place, "status"), [Value::Null; 0]);
    place.refused(&["incident", "note", "too early"], "no-incident");
    place.refused(&["incident", "report"], "no-incident");
    let since = "2026-11-01T10:00Z";
    good(&place, &["incident", "open", "media fails to load", "--severity", "SEV2", "--since", since]);
    let open = &incidents(&place, "status")[0];
    assert_eq!((&open["title"], &open["severity"]), (&"media fails to load".into(), &"SEV2".into()));
    assert_eq!(open["began"], "2026-11-01T10:00:00Z");
    let shown = good(&place, &["incident", "status"]).stdout;
    assert!(shown.contains("media fails to load (SEV2)") && shown.contains("no check yet"), "{shown}");

    good(&place, &["incident", "note", "the CDN answers 526"]);
    good(&place, &["incident", "note", "first report", "--at", "2026-11-01T09:30Z"]);
    let mut command = place.command(&["incident", "note", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"from the log\nline 1\n```\n# line 2\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let runs = r#"{"schema":"fleet/journal/v1","time":"2026-11-01T09:45:00Z","run":"r1","who":{"user":"bob","machine":"desk"},"inventory":{"dirty":false},"actions":["env"],"plan":"00","host":"fritz","changes":[],"outcome":"rolled-back","reason":"verify-failed: nginx -t"}
"#;
    place.write(JOURNAL, (place.read(JOURNAL) + runs).as_bytes());

    let closed = good(&place, &["incident", "close", "the certificate was renewed", "--json"]);
    assert!(closed.stderr.contains("no check was run"), "{}", closed.stderr);
    let document = closed.document("incident");
    assert_eq!(
        (document["people"].to_string(), &document["began"]),
        (r#"["tester","bob"]"#.to_owned(), &"2026-11-01T09:30:00Z".into())
    );
    assert_eq!(incidents(&place, "status").len(), 0);
    assert_eq!(incidents(&place, "list").len(), 1);

    let report = good(&place, &["incident", "report"]).stdout;
    for words in [
        "# media fails to load\n",
        "| Status | resolved |",
        "| Began | 2026-11-01 09:30 UTC |",
        "- **09:30** tester (noted at ",
        "): first report\n",
        "- **09:45** bob ran env, run `r1`: **rolled back**.\n  - rolled back on fritz: verify-failed: nginx -t\n",
        "- **10:00** It began, as tester said when the incident was opened.\n",
        "tester: from the log\n  ````text\n  line 1\n  ```\n  # line 2\n  ````\n",
        "tester closed the incident: the certificate was renewed\n",
        "- In the words of tester: the certificate was renewed\n",
        "- [ ] Find out why run r1 was rolled back on fritz: verify-failed: nginx -t\n",
    ] {
        assert!(report.contains(words), "{words:?} is not in\n{report}");
    }
    let written = good(&place, &["incident", "report", "--out", "postmortem.md"]);
    assert!(written.stdout.contains("postmortem.md"), "{}", written.stdout);
    let draft_line = |text: &str| text.lines().filter(|line| !line.starts_with("*A draft")).count();
    assert_eq!(draft_line(&place.read("postmortem.md")), draft_line(&report));
    place.refused(&["incident", "report", "--out", "postmortem.md"], "file-exists");
    good(&place, &["incident", "report", "--out", "postmortem.md", "--replace"]);
    good(&place, &["incident", "report", "--json"]).document("incident");
}

#[test]
fn several_are_open_and_each_is_named() {
    let place = Place::whole();
    let (one, two) = (opened(&place, "one"), opened(&place, "two"));
    let refused = place.refused(&["incident", "note", "x"], "several-incidents");
    assert!(refused.stderr.contains(&one) && refused.stderr.contains("(two)"), "{}", refused.stderr);
    place.refused(&["incident", "close"], "several-incidents");
    place.refused(&["incident", "report"], "several-incidents");
    place.refused(&["incident", "note", "x", "--incident", "nobody"], "unknown-incident");
    place.refused(&["incident", "note", "x", "--incident", ""], "ambiguous-incident");
    good(&place, &["incident", "note", "of one", "--incident", &one]);
    // The last letters will do.
    good(&place, &["incident", "close", "--incident", &two[two.len() - 4..]]);
    place.refused(&["incident", "close", "--incident", &two], "incident-closed");
    good(&place, &["incident", "note", "what we learned", "--incident", &two]);
    let report = good(&place, &["incident", "report", &two]).stdout;
    assert!(
        report.starts_with("# two\n") && report.contains("what we learned") && !report.contains("of one"),
        "{report}"
    );
    let report = good(&place, &["incident", "report"]).stdout;
    assert!(report.starts_with("# one\n"), "the open one is meant: {report}");
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::whole();
    for arguments in [
        &["incident", "open", ""][..],
        &["incident", "open", "a\nb"],
        &["incident", "open", "x", "--since", "2999-01-01"],
        &["incident", "open", "x", "--since", "when it began"],
        &["incident", "open", "x", "--severity", " "],
        &["incident", "report", "--replace"],
        &["incident"],
    ] {
        place.refused(arguments, "usage");
    }
    place.refused(&["incident", "open", "x", "-i", "elsewhere"], "no-inventory");
    assert!(place.lacks(JOURNAL));
    opened(&place, "x");
    place.refused(&["incident", "note", ""], "usage");
    place.refused(&["incident", "note", "x", "--at", "2999-01-01"], "usage");
    place.refused(&["incident", "close", "--at", "2026-01-01"], "usage");
    assert_eq!(incidents(&place, "status").len(), 1);
}

#[test]
fn a_check_is_in_the_record_of_each_that_is_open() {
    let files = [
        (
            "inventory/hosts.toml",
            "[ssh]\nport = 1\n[hosts.fritz]\naddress = \"127.0.0.1\"\n[groups]\nqueue = \"fritz\"\n",
        ),
        ("inventory/env.toml", ENV),
    ];
    let place = Place::new(&files);
    let check = || {
        let run = place
            .command(&["env", "check", "--connect-timeout", "5"])
            .env("B_PASS", "hunter2hunter2")
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(4), "{}", String::from_utf8_lossy(&run.stderr));
    };
    check();
    assert!(place.lacks(JOURNAL), "no incident, no record");
    let one = opened(&place, "one");
    check();
    opened(&place, "two");
    check();
    let told = |id: &str| {
        let document = good(&place, &["incident", "report", id, "--json"]).document("incident");
        let checks = document["timeline"].as_array().unwrap().iter().filter(|entry| entry["what"] == "check");
        checks.map(|entry| entry["times"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(told(&one), 2);
    let report = good(&place, &["incident", "report", &one]).stdout;
    assert!(report.contains("checked env on 1 host") && report.contains("1 unreachable"), "{report}");
    assert!(!report.contains("hunter2") && !place.read(JOURNAL).contains("hunter2"));
    let closed = good(&place, &["incident", "close", "--incident", &one]);
    assert!(closed.stderr.contains("the last check was not clean"), "{}", closed.stderr);
}

/// A web server for so many requests; each comes back as its path and its body.
fn server(answer: &'static str, requests: usize) -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, heard) = channel();
    std::thread::spawn(move || {
        for _ in 0..requests {
            let (stream, _) = listener.accept().unwrap();
            send.send(serve(stream, answer)).unwrap();
        }
    });
    (url, heard)
}

fn serve(mut stream: TcpStream, answer: &str) -> (String, String) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    (path, String::from_utf8(body).unwrap())
}

fn with_notify(tables: &str) -> Place {
    Place::new(&[("inventory/hosts.toml", HOSTS), ("inventory/notify.toml", tables)])
}

const SOON: Duration = Duration::from_secs(30);

#[test]
fn everybody_is_told_in_their_own_form() {
    let (url, heard) = server("200 OK", 4);
    let place = with_notify(&format!(
        "[notify.slack]\nwebhook = {{ secret = {{ env = \"HOOK\" }} }}\nform = \"slack\"\n\
         [notify.discord]\nwebhook = \"{url}/discord\"\nform = \"discord\"\n\
         [notify.ntfy]\nwebhook = \"{url}/ntfy\"\nform = \"ntfy\"\n\
         [notify.hook]\nwebhook = \"{url}/hook\"\non = [\"incident\"]\n\
         [notify.mail]\ncommand = [\"sh\", \"-c\", \"cat > mail.json\"]\n\
         [notify.quiet]\ncommand = [\"touch\", \"quiet\"]\non = [\"change\", \"certificate\"]\n"
    ));
    let run =
        place.command(&["incident", "open", "<b> & *all*"]).env("HOOK", format!("{url}/secret-T0")).output().unwrap();
    assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stderr).as_ref()), (Some(0), ""));
    let mut bodies = std::collections::BTreeMap::new();
    for _ in 0..4 {
        let (path, body) = heard.recv_timeout(SOON).unwrap();
        bodies.insert(path, body);
    }
    let json = |path: &str| -> Value { serde_json::from_str(&bodies[path]).unwrap() };
    let slack = json("/secret-T0");
    assert!(slack["text"].as_str().unwrap().contains("opened an incident: \"&lt;b&gt; &amp; *all*\""), "{slack}");
    let discord = json("/discord");
    assert!(discord["content"].as_str().unwrap().contains(r#""\<b\> & \*all\*""#), "{discord}");
    assert!(bodies["/ntfy"].starts_with("tester opened an incident: \"<b> & *all*\""), "{}", bodies["/ntfy"]);
    let hook = json("/hook");
    assert_eq!((&hook["event"], &hook["result"]["schema"]), (&"incident_opened".into(), &"fleet/incident/v1".into()));
    assert_eq!(place.read("inventory/mail.json").parse::<Value>().unwrap(), hook);
    assert!(place.lacks("inventory/quiet"), "nobody is told of what they did not ask for");
}

#[test]
fn who_cannot_be_told_stops_nothing() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // It takes the connection, and never answers.
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let (broken, _heard) = server("500 Oh", 1);
    let place = with_notify(&format!(
        "[notify.down]\nwebhook = \"http://{nobody}/secret-1\"\n\
         [notify.slow]\nwebhook = \"http://{}/secret-2\"\n\
         [notify.broken]\nwebhook = \"{broken}/secret-3\"\n\
         [notify.fails]\ncommand = [\"false\"]\n\
         [notify.sleeps]\ncommand = [\"sleep\", \"600\"]\n\
         [notify.gone]\ncommand = [\"/nowhere/program\"]\n\
         [notify.lost]\nwebhook = {{ secret = {{ env = \"NOT_SET\" }} }}\n",
        slow.local_addr().unwrap()
    ));
    let run = place.command(&["incident", "open", "x", "--json"]).env("FLEET_NOTIFY_LIMIT", "2").output().unwrap();
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(0), "{stderr}");
    assert!(String::from_utf8(run.stdout).unwrap().contains("\"fleet/incident/v1\""));
    let flat = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "notify.down could not be told: can't connect",
        "notify.slow could not be told: no answer within 2 s",
        "notify.broken could not be told: it answered 500",
        "notify.fails could not be told: false ended with exit status: 1",
        "notify.sleeps could not be told: no answer within 2 s",
        "notify.gone could not be told: /nowhere/program: no such file or directory",
        "notify.lost could not be told: ",
    ] {
        assert!(flat.contains(words), "{words:?} is not in\n{stderr}");
    }
    assert!(!stderr.contains("secret-"), "{stderr}");
    assert_eq!(incidents(&place, "status").len(), 1);
}

#[test]
fn a_broken_inventory_keeps_nobody_from_the_record() {
    let place = with_notify("[notify.x]\ncommand = [\"touch\", \"told\"]\non = []\n");
    let run = place.fleet(&["incident", "open", "x"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("nobody was told"), "{}", run.stderr);
    place.refused(&["hosts", "list"], "inventory-invalid");
    assert_eq!(incidents(&place, "status").len(), 1);
}
