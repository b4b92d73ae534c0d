//! systemd's own reading of environment files, from the processes that it starts with them.

use std::collections::BTreeMap;
use std::fs;

use fleet::actions::env::document::{Document, Format};
use fleet::names::HostName;

use crate::common::Rehearsal;

/// Each is a whole file; the unit that is started with it tells what systemd made of it.
pub const FILES: &[&str] = &[
    "A=1\nB=2\n",
    "A=1",
    "A='it''s'\n",
    "A=\"x\\\"y\\\\z\\$q\\`r\\n\"\n",
    "A='x\\y'\n",
    "A=x\\y\\ z\\\\\n",
    "A=a b  c  \n",
    "A=  lead\n",
    "  A=indent\n",
    "A =space\n",
    "A= 'q' \n",
    "A='x' y 'z'\n",
    "A=x'y'z\n",
    "A=\"x\"'y'z\n",
    "A=#x\n",
    "A=x #y\n",
    "A=x;y\n",
    "# A=1\nB=2\n",
    "; A=1\nB=2\n",
    "  # A=1\nB=2\n",
    "# c \\\nA=1\nB=2\n",
    "# c \\\\\nA=1\n",
    "A=x\\\ny\nB=2\n",
    "A=\"x\\\ny\"\n",
    "A='x\\\ny'\n",
    "A=\"x\ny\"\nB=2\n",
    "A='x\ny'\n",
    "A=1\nA=2\n",
    "A=1\nA=\n",
    "A=\nB=''\nC=\"\"\n",
    "A=$HOME\nB=${A}\nC='$x'\n",
    "A=$(date)`x`\n",
    "export A=1\nB=2\n",
    "3_BUCKET=1\nB=2\n",
    "A-B=1\nB=2\n",
    "A.B=1\nB=2\n",
    "=x\nB=2\n",
    "junk\nB=2\n",
    "A\nB=2\n",
    "A=1\r\nB=2\r\n",
    "A=1\rB=2\n",
    "A='x\r\ny'\nB=2\n",
    "A=x\ty\n",
    "A=\tx\t\n",
    "A=x\u{1}y\nB=2\n",
    "A=x\u{7f}y\nB=2\n",
    "A=\u{e9}\u{2028}\nB=2\n",
    "\u{feff}A=1\nB=2\n",
    "A='open\nB=2\n",
    "A=\"open\nB=2\n",
    "A=x\\",
    "A==x=\n",
    "A=\"x\" # y\nB=2\n",
    "A='x'#y\n",
    "A=x \\\n  y\n",
    "\n\n\nA=1\n\n",
    "a=1\nA=2\n",
    "_A=1\n__=2\n",
    "A=x  \\\n\nB=2\n",
    "A=\\'x\\'\n",
    "A=\"\\a\\b\"\n",
    "A='x' \\\nB=2\n",
];

pub fn as_systemd_reads(fleet: &Rehearsal) {
    let host = "cdn-frankfurt-1";
    let root = fleet.lab.root_of(&HostName::new(host)).join("var/tmp/nasty");
    fs::create_dir(&root).unwrap();
    for (number, text) in FILES.iter().enumerate() {
        fs::write(root.join(format!("{number}.env")), text).unwrap();
    }
    fs::write(root.join("none.env"), "").unwrap();
    // The main process stays, and its environment is read from outside, as fleet reads it.
    fleet.inside(
        host,
        "cd /var/tmp/nasty; for f in *.env; do n=${f%.env}; \
         systemd-run --quiet --unit=nasty-$n -p EnvironmentFile=/var/tmp/nasty/$f /bin/sleep 300 || continue; done; sleep 0.3; \
         for f in *.env; do n=${f%.env}; p=$(systemctl show -p MainPID --value nasty-$n.service); \
         [ \"$p\" = 0 ] || cat /proc/$p/environ >$n.out; done; systemctl stop 'nasty-*'; systemctl reset-failed 'nasty-*' || :",
    );
    let read = |name: &str| -> Option<BTreeMap<String, String>> {
        let bytes = fs::read(root.join(format!("{name}.out"))).ok()?;
        let pairs = bytes.split(|byte| *byte == 0).map(|pair| String::from_utf8_lossy(pair).into_owned());
        Some(
            pairs
                .filter_map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
                .collect(),
        )
    };
    let given = read("none").unwrap();
    assert!(given.contains_key("INVOCATION_ID"));
    let mut wrong = Vec::new();
    for (number, text) in FILES.iter().enumerate() {
        let document = Document::parse(text.as_bytes(), Format::Systemd);
        let Some(mut found) = read(&number.to_string()) else {
            wrong.push(format!("{text:?}: no unit came up; refused: {:?}", document.refused()));
            continue;
        };
        found.retain(|name, _| !given.contains_key(name));
        // Before 254 a comment that ends in a backslash takes the next line with it: the file is warned about.
        let continued = document.problems().iter().any(|problem| problem.kind.code() == "comment-continues");
        if document.effective() != found && !continued {
            wrong.push(format!("{text:?}: systemd {found:?}, fleet {:?}", document.effective()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), FILES.len(), wrong.join("\n"));
}
