//! Telling those that `[notify]` declares.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::http::{Client, Request, Roots};
use crate::inventory::{NotifyDeclaration, NotifyTarget, WebhookForm, WebhookUrl};
use crate::report::{CheckReport, ExitCode, Ui, nagios};

use super::means::Means;

/// How long a command may take.
const COMMAND: Duration = Duration::from_secs(60);

/// Tells everybody, if something is not as it should be. Who could not be told is said, and hides nothing else.
pub(super) async fn tell(ui: &Ui, means: &Means<'_>, report: &CheckReport, code: ExitCode) -> ExitCode {
    if code == ExitCode::Success {
        return ExitCode::Success;
    }
    if means.inventory.notify().is_empty() {
        ui.warn("nobody is told: the inventory has no [notify.NAME]");
        return ExitCode::Failure;
    }
    let text = nagios(report, &[], false).text.trim_end().to_owned();
    let mut end = ExitCode::Success;
    for target in means.inventory.notify().values() {
        if let Err(why) = one(means, target, report, &text).await {
            ui.warn(&format!("notify.{} could not be told: {why}", target.name));
            end = ExitCode::Failure;
        }
    }
    end
}

async fn one(means: &Means<'_>, to: &NotifyDeclaration, report: &CheckReport, text: &str) -> Result<(), String> {
    match &to.target {
        NotifyTarget::Command(argv) => command(argv, means, report).await,
        NotifyTarget::Webhook { url, form } => {
            let secret;
            let url = match url {
                WebhookUrl::Plain(url) => url.as_str(),
                WebhookUrl::Secret(reference) => {
                    secret = means.base.resolver.resolve(reference).map_err(|error| error.to_string())?;
                    secret.expose_str().ok_or("its URL is no text")?
                }
            };
            webhook(url, *form, report, text).await
        }
    }
}

async fn command(argv: &[String], means: &Means<'_>, report: &CheckReport) -> Result<(), String> {
    let (program, arguments) = argv.split_first().ok_or("it names no program")?;
    let words = |error: std::io::Error| format!("{program}: {}", crate::text::system_words(&error));
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(means.inventory.dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(words)?;
    let document = crate::text::json(report);
    let talk = async {
        if let Some(mut stdin) = child.stdin.take() {
            // Who does not read it is asked for its exit code all the same.
            let _ = stdin.write_all(document.as_bytes()).await;
        }
        child.wait().await
    };
    let status = tokio::time::timeout(COMMAND, talk).await;
    let status = status.map_err(|_| format!("{program} takes longer than {} s", COMMAND.as_secs()))?.map_err(words)?;
    if status.success() { Ok(()) } else { Err(format!("{program} ended with {status}")) }
}

async fn webhook(url: &str, form: WebhookForm, report: &CheckReport, text: &str) -> Result<(), String> {
    let client = Client::new(&Roots::Platform, None).map_err(|error| error.to_string())?;
    let answer = match form {
        WebhookForm::Ntfy => {
            let body = Some(("text/plain; charset=utf-8", text.as_bytes().to_vec()));
            client.send(Request { method: http::Method::POST, url, secret: true, body }).await
        }
        form => client.post_json(url, &document(form, report, text)?).await,
    };
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.status.is_success() { Ok(()) } else { Err(format!("it answered {}", answer.status.as_u16())) }
}

/// What a webhook understands: <https://api.slack.com/messaging/webhooks>,
/// <https://discord.com/developers/docs/resources/webhook>.
fn document(form: WebhookForm, report: &CheckReport, text: &str) -> Result<serde_json::Value, String> {
    /// No message of Discord is longer, in characters.
    const DISCORD: usize = 2000;
    Ok(match form {
        WebhookForm::Slack => serde_json::json!({ "text": text }),
        WebhookForm::Discord => {
            serde_json::json!({ "content": text.chars().take(DISCORD).collect::<String>(), "allowed_mentions": { "parse": [] } })
        }
        WebhookForm::Ntfy | WebhookForm::Generic => serde_json::to_value(report).map_err(|error| error.to_string())?,
    })
}
