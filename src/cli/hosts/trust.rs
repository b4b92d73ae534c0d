//! `fleet hosts trust`: the keys that hosts show are held against the recorded ones, and new ones recorded once a person says yes.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::StreamExt as _;

use crate::engine::status::{Failure, Status};
use crate::inventory::Inventory;
use crate::names::HostName;
use crate::report::{self, ExitCode, KeyState, TrustReport, TrustedHost, Ui, exit};
use crate::ssh::Ssh;
use crate::ssh::host_keys::{self, Comparison, HostKey, HostKeysError};

use super::super::app::{self, CliError};
use super::super::args::Global;

/// What a host showed, and what that means.
struct Shown {
    keys: Vec<HostKey>,
    host: TrustedHost,
}

/// `fleet hosts trust`
pub(super) async fn trust(
    global: &Global,
    ui: &Ui,
    selector: Option<&str>,
    replace: bool,
) -> Result<ExitCode, CliError> {
    app::without_facts(global, "hosts trust")?;
    let inventory = app::load(global, ui)?;
    let selected = select(global, &inventory, selector)?;
    if global.lab {
        ui.note("the lab itself knows the keys of its hosts: there is nothing to trust");
        let host = |host| TrustedHost { host, status: Status::Ok, keys: Vec::new(), error: None };
        app::print(ui, &TrustReport::new(false, selected.into_iter().map(host).collect()))?;
        return Ok(ExitCode::Success);
    }
    let known_hosts = app::known_hosts(global);
    let ssh = app::ssh(global, ui, &inventory)?.ssh;
    let mut shown = look(global, ui, &ssh, &known_hosts, selected, replace).await?;

    let to_record = shown.iter().filter(|shown| shown.host.status == Status::Planned).count();
    let recorded = to_record > 0;
    if recorded {
        approve(global, ui, &shown, to_record)?;
        for Shown { keys, host } in shown.iter_mut().filter(|shown| shown.host.status == Status::Planned) {
            match host_keys::record(&known_hosts, &host.host, keys, replace) {
                Ok(_) => host.status = Status::Changed,
                Err(error) => {
                    host.status = Status::Failed;
                    host.error = Some(failure(&error));
                }
            }
            if host.status == Status::Changed && has_changed(host) {
                ui.warn(&format!("the recorded keys of {} were replaced", host.host));
            }
        }
    }
    let hosts: Vec<TrustedHost> = shown.into_iter().map(|shown| shown.host).collect();
    let code =
        exit::of_statuses(hosts.iter().map(|host| (host.status, host.error.as_ref().map(|it| it.code.as_str()))));
    app::print(ui, &TrustReport::new(recorded, hosts))?;
    Ok(code)
}

fn select(global: &Global, inventory: &Inventory, selector: Option<&str>) -> Result<BTreeSet<HostName>, CliError> {
    match (selector, &global.limit) {
        (Some(_), Some(_)) => {
            let message = "the hosts are named twice: as an argument and with --limit";
            Err(CliError::usage(Failure::new("two-selectors", message, "name them once")))
        }
        (Some(selector), None) => app::select_by(inventory, selector),
        (None, _) => app::select(global, inventory),
    }
}

/// Asks all hosts for their keys, side by side; nobody logs in.
async fn look(
    global: &Global,
    ui: &Ui,
    ssh: &Ssh,
    known_hosts: &Path,
    hosts: BTreeSet<HostName>,
    replace: bool,
) -> Result<Vec<Shown>, CliError> {
    let progress = ui.progress(hosts.len(), "asking for host keys");
    let mut shown: Vec<Shown> = futures_util::stream::iter(hosts)
        .map(|host| async {
            progress.begin(&host);
            let shown = match ssh.scan(&host, global.connect_timeout).await {
                Ok(keys) => {
                    let compared = host_keys::compare(known_hosts, &host, &keys).map_err(|error| unreadable(&error))?;
                    let host = judge(host, &keys, &compared, replace);
                    Shown { keys, host }
                }
                Err(error) => {
                    let (status, error) = app::ended(&error);
                    Shown { keys: Vec::new(), host: TrustedHost { host, status, keys: Vec::new(), error: Some(error) } }
                }
            };
            progress.end(&shown.host.host, shown.host.status);
            Ok(shown)
        })
        .buffer_unordered(global.parallel.into())
        .collect::<Vec<Result<Shown, CliError>>>()
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    shown.sort_by(|a, b| a.host.host.cmp(&b.host.host));
    Ok(shown)
}

/// What the keys of a host mean.
fn judge(host: HostName, keys: &[HostKey], compared: &Comparison, replace: bool) -> TrustedHost {
    let state = |key: &HostKey| match compared {
        Comparison::New => KeyState::New,
        Comparison::Same(more) if more.contains(key) => KeyState::New,
        Comparison::Same(_) => KeyState::Same,
        Comparison::Changed(old) if old.contains(key) => KeyState::Same,
        Comparison::Changed(_) => KeyState::Changed,
    };
    let (status, error) = match compared {
        Comparison::Same(more) if more.is_empty() => (Status::Ok, None),
        Comparison::New | Comparison::Same(_) => (Status::Planned, None),
        Comparison::Changed(_) if replace => (Status::Planned, None),
        Comparison::Changed(old) => (Status::Failed, Some(changed(&host, old))),
    };
    let keys = keys
        .iter()
        .map(|key| report::HostKey {
            algorithm: key.kind.clone(),
            fingerprint: key.fingerprint.clone(),
            state: state(key),
        })
        .collect();
    TrustedHost { host, status, keys, error }
}

fn has_changed(host: &TrustedHost) -> bool {
    host.keys.iter().any(|key| key.state == KeyState::Changed)
}

fn changed(host: &HostName, old: &[HostKey]) -> Failure {
    let old: Vec<String> = old.iter().map(|key| format!("{} {}", key.kind, key.fingerprint)).collect();
    Failure::new(
        "host-key-changed",
        format!(
            "THE HOST KEY HAS CHANGED: this may be an attack, or a host that was set up anew; recorded is {}",
            old.join(", ")
        ),
        format!(
            "on the host's console run `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`; only if it shows a fingerprint from above, run `fleet hosts trust --replace {host}`"
        ),
    )
}

fn failure(error: &HostKeysError) -> Failure {
    use std::error::Error as _;
    let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    Failure::new(error.code(), format!("{error}{cause}"), error.hint())
}

fn unreadable(error: &HostKeysError) -> CliError {
    CliError::of(ExitCode::Failure, error, error.code(), error.hint())
}

/// Shows what would be recorded, and asks.
fn approve(global: &Global, ui: &Ui, shown: &[Shown], to_record: usize) -> Result<(), CliError> {
    if global.yes {
        return Ok(());
    }
    ui.preview(&TrustReport::new(false, shown.iter().map(|shown| shown.host.clone()).collect()));
    let replaced =
        shown.iter().filter(|shown| shown.host.status == Status::Planned && has_changed(&shown.host)).count();
    let hosts = if to_record == 1 { "host" } else { "hosts" };
    let question = match replaced {
        0 => format!("Trust the new keys of {to_record} {hosts}?"),
        _ => format!("Trust these keys of {to_record} {hosts}, of which {replaced} had ANOTHER key before?"),
    };
    match ui.confirm(&question) {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::declined(Failure::bare("declined", "declined; no key was recorded"))),
        None => Err(CliError::declined(Failure::new(
            "not-approved",
            "there is no terminal to ask on; no key was recorded",
            "compare the fingerprints with those of the hosts' consoles, then give --yes",
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: &str, fingerprint: &str) -> HostKey {
        HostKey { kind: kind.to_owned(), fingerprint: fingerprint.to_owned(), key: fingerprint.to_owned() }
    }

    fn states(host: &TrustedHost) -> Vec<KeyState> {
        host.keys.iter().map(|key| key.state).collect()
    }

    #[test]
    fn each_comparison_is_told() {
        let (old, new, more) = (key("ssh-ed25519", "A"), key("ssh-ed25519", "B"), key("ssh-rsa", "C"));
        let judged = |keys: &[HostKey], compared, replace| judge(HostName::new("web"), keys, &compared, replace);

        let first = judged(&[new.clone(), more.clone()], Comparison::New, false);
        assert_eq!((first.status, states(&first)), (Status::Planned, vec![KeyState::New, KeyState::New]));
        let same = judged(std::slice::from_ref(&old), Comparison::Same(vec![]), false);
        assert_eq!((same.status, states(&same)), (Status::Ok, vec![KeyState::Same]));
        let grown = judged(&[old.clone(), more.clone()], Comparison::Same(vec![more.clone()]), false);
        assert_eq!((grown.status, states(&grown)), (Status::Planned, vec![KeyState::Same, KeyState::New]));

        let changed = Comparison::Changed(vec![old, more.clone()]);
        let refused = judged(&[new.clone(), more.clone()], changed.clone(), false);
        assert_eq!((refused.status, states(&refused)), (Status::Failed, vec![KeyState::Changed, KeyState::Same]));
        let error = refused.error.unwrap();
        assert!(error.code == "host-key-changed" && error.message.contains("ssh-ed25519 A"), "{error:?}");
        let replaced = judged(&[new, more], changed, true);
        assert!(replaced.status == Status::Planned && replaced.error.is_none());
    }
}
