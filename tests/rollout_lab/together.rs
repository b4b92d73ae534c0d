//! Two operators at once.

use crate::common::Run;
use crate::rig::{Case, Rig};

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new("two operators at once leave each edge whole, and one of them hears of the other", two_at_once)]
}

fn two_at_once(rig: &Rig) {
    let one = rig.start("alice", &[]);
    let two = rig.start("bob", &[]);
    let one = Run::of(&one.wait_with_output().unwrap());
    let two = Run::of(&two.wait_with_output().unwrap());
    let codes = [one.code, two.code];
    assert!(codes.iter().filter(|code| **code == Some(0)).count() <= 1, "{codes:?}");
    // Each host has the whole of one of them, and serves what stands on its disk.
    for (host, served) in rig.served() {
        assert!(["alice", "bob", "before"].contains(&served.as_str()), "{host}: {served}");
        let file = rig.fleet.inside(&host, "cat /etc/nginx/conf.d/media.conf");
        assert!(file.contains(&format!("\"{served}\\n\"")), "{host}: {served}\n{file}");
    }
    let loser = if one.code == Some(0) { &two } else { &one };
    let words = format!("{}{}", loser.stdout, loser.stderr);
    assert!(words.contains("locked") || words.contains("host-changed"), "{words}");
    rig.fleet.fleet(&["log", "verify"]).expect_code(0);
}
