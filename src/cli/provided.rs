//! What a run made elsewhere than on a host, such as a certificate at its authority, for the journal.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::engine::deferred::Provided;
use crate::engine::status::Failure;
use crate::engine::transaction::{DiffLine, ItemSummary};
use crate::journal::Line;

/// A value that is longer is no name of anything, such as a whole chain.
const LONGEST: usize = 100;

/// One line for each thing whose values (`KIND/ID/VERSION/PART`) were provided or not, with what was told of it (`ID: …`).
/// What the run only took out of a store is no event.
pub(super) fn lines(line: &Line, values: &BTreeMap<String, Result<Provided, Failure>>, told: &[String]) -> Vec<Line> {
    let mut things: BTreeMap<(&str, &str), (ItemSummary, Option<&Failure>)> = BTreeMap::new();
    for (name, value) in values {
        let words: Vec<&str> = name.splitn(4, '/').collect();
        let [kind, id, "next", part] = words.as_slice() else { continue };
        let (summary, failure) = things.entry((kind, id)).or_insert_with(|| {
            let own = format!("{}: ", id.split('@').next().unwrap_or(id));
            let mut operations: Vec<String> =
                told.iter().filter_map(|text| text.strip_prefix(&own)).map(str::to_owned).collect();
            // Two names of a certificate may share a challenge's place.
            operations.dedup();
            let (kind, id) = ((*kind).to_owned(), (*id).to_owned());
            (ItemSummary { kind, id, place: String::new(), diff: Vec::new(), operations }, None)
        });
        match value {
            Ok(value) => summary.diff.extend(shown(part, value)),
            Err(error) => *failure = Some(error),
        }
    }
    let ended = |(summary, failure): (ItemSummary, Option<&Failure>)| Line {
        time: Timestamp::now(),
        outcome: Some(if failure.is_some() { "failed" } else { "applied" }.to_owned()),
        reason: failure.map(|failure| format!("{}: {}", failure.code, failure.message)),
        changes: vec![summary],
        ..line.clone()
    };
    things.into_values().map(ended).collect()
}

fn shown(part: &str, value: &Provided) -> Option<DiffLine> {
    let text = value.bytes.expose_str().filter(|text| text.len() <= LONGEST && !text.contains('\n'))?;
    let line = DiffLine { subject: part.to_owned(), before: None, after: Some(text.to_owned()) };
    (!value.secret).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::{Author, InventoryStamp};
    use crate::names::RunId;
    use crate::secrets::Secret;

    #[test]
    fn what_was_made_is_told_once_and_no_secret_is() {
        let line = Line {
            schema: crate::journal::SCHEMA.to_owned(),
            time: Timestamp::UNIX_EPOCH,
            run: RunId::new("r"),
            who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
            inventory: InventoryStamp::default(),
            actions: Vec::new(),
            plan: String::new(),
            host: None,
            changes: Vec::new(),
            outcome: None,
            reason: None,
            about: crate::journal::About::default(),
        };
        let value = |text: &str, secret| Ok(Provided { bytes: Secret::new(text.into()), secret });
        let values = BTreeMap::from([
            ("cert/media/next/serial".to_owned(), value("5d25", false)),
            ("cert/media/next/privkey".to_owned(), value("hunter2", true)),
            ("cert/media/next/fullchain".to_owned(), value("a\nb", false)),
            ("cert/media/5d24/privkey".to_owned(), value("hunter2", true)),
            ("cert/site/next/serial".to_owned(), Err(Failure::bare("acme-busy", "later"))),
        ]);
        let told = ["media: issued".to_owned(), "mediator: no".to_owned()];
        let lines = lines(&line, &values, &told);
        assert_eq!(lines.len(), 2);
        let media = &lines[0].changes[0];
        let diff: Vec<_> = media.diff.iter().map(|line| (line.subject.as_str(), line.after.as_deref())).collect();
        assert_eq!(
            (diff.as_slice(), media.operations.as_slice()),
            (&[("serial", Some("5d25"))][..], &["issued".to_owned()][..])
        );
        assert_eq!(lines[1].reason.as_deref(), Some("acme-busy: later"));
        assert_eq!(lines[1].outcome.as_deref(), Some("failed"));
        assert!(!format!("{lines:?}").contains("hunter2"));
    }
}
