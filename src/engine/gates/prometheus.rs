//! What Prometheus says to a query, see <https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries>.

use std::collections::BTreeMap;
use std::time::Duration;

use ::http::Method;
use serde::Deserialize;

use super::super::gate::{Limits, Looked, PROMETHEUS_PAUSE, Saw, View, until_good};
use super::super::transaction::PrometheusGate;
use super::{confined, roots};
use crate::http::{Client, Request};

/// For one query: Prometheus itself ends it after two minutes.
const ONE_QUERY: Duration = Duration::from_secs(30);

/// So many samples that are not good are shown.
const SHOWN: usize = 3;

/// So many characters of what the server says of an error, or of the labels of a sample.
const LONGEST: usize = 200;

/// Looks until it is good, or the limits are reached.
pub(in crate::engine) async fn look(view: &View<'_>, gate: &PrometheusGate, limits: &Limits<'_>) -> Looked {
    until_good(PROMETHEUS_PAUSE, limits, async || seen(view, gate, limits).await).await
}

/// All that is asked, as a summary tells it.
pub(in crate::engine) fn told(gate: &PrometheusGate) -> String {
    let PrometheusGate { url, query, at_most, at_least, roots } = gate;
    let within = match (at_least, at_most) {
        (Some(least), Some(most)) => format!("from {least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "there".to_owned(),
    };
    format!("ask Prometheus at {url} that `{query}` is {within}{}", roots::told(roots.as_ref()))
}

async fn seen(view: &View<'_>, gate: &PrometheusGate, limits: &Limits<'_>) -> Saw {
    let limit = limits.left(ONE_QUERY);
    let mut url = url::Url::parse(&gate.url).map_err(|error| error.to_string())?;
    let path = format!("{}/api/v1/query", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.query_pairs_mut().clear().append_pair("query", &gate.query);
    let name = url.host_str().ok_or("the URL names no host")?.to_owned();
    let addresses = confined(view.transport, &name, limit).await?;
    let at = addresses.as_deref().map(|addresses| (name.as_str(), addresses));
    let client = Client::for_looks(&roots::of(gate.roots.as_ref()), at, limit).map_err(|error| error.to_string())?;
    let request = Request { method: Method::GET, url: url.as_str(), secret: false, body: None };
    let answer = client.send(request).await.map_err(|error| error.to_string())?;
    judge(gate, answer.status.as_u16(), &answer.body)
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    data: Option<Data>,
    #[serde(rename = "errorType")]
    error_type: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<Sample>),
    Scalar(Value),
    Matrix(serde::de::IgnoredAny),
    String(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    /// Absent for a native histogram.
    value: Option<Value>,
}

/// Seconds since 1970, and the value as text.
#[derive(Deserialize)]
struct Value(serde::de::IgnoredAny, String);

/// What an answer says.
pub(super) fn judge(gate: &PrometheusGate, status: u16, body: &[u8]) -> Saw {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| format!("its answer (status {status}) is none of Prometheus"))?;
    let data = match answer.data {
        Some(data) if answer.status == "success" => data,
        _ => {
            let kind = answer.error_type.unwrap_or_else(|| format!("status {status}"));
            return Err(shown(&format!("{kind}: {}", answer.error.unwrap_or_default())));
        }
    };
    let samples = match data {
        Data::Vector(samples) => samples,
        Data::Scalar(value) => vec![Sample { metric: BTreeMap::new(), value: Some(value) }],
        Data::Matrix(_) | Data::String(_) => return Err("its answer is neither a vector nor a scalar".to_owned()),
    };
    let bound = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    let (least, most) = (bound(&gate.at_least), bound(&gate.at_most));
    let (mut values, mut bad) = (Vec::new(), Vec::new());
    for sample in &samples {
        let Some(Value(_, text)) = &sample.value else {
            bad.push(format!("{} is a histogram", named(&sample.metric)));
            continue;
        };
        let value = text.parse::<f64>().map_err(|_| shown(&format!("{text:?} is no number")))?;
        values.push(value);
        // What is not a number is within no bounds, and where there are none it is no answer either.
        if value.is_nan() || least.is_some_and(|least| value < least) || most.is_some_and(|most| value > most) {
            bad.push(format!("{} is {text}", named(&sample.metric)));
        }
    }
    if samples.is_empty() {
        return Err("there is no sample".to_owned());
    }
    if bad.is_empty() {
        let (low, high) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
        return Ok(if values.len() == 1 {
            format!("{low}")
        } else {
            format!("{} samples, from {low} to {high}", values.len())
        });
    }
    let more = bad.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Err(bad[..bad.len().min(SHOWN)].join("; ") + &more)
}

/// A metric as Prometheus writes it.
fn named(metric: &BTreeMap<String, String>) -> String {
    let name = metric.get("__name__").map(String::as_str).unwrap_or_default();
    let labels = metric.iter().filter(|(label, _)| *label != "__name__");
    let labels: Vec<String> = labels.map(|(label, value)| format!("{label}={value:?}")).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    if name.is_empty() && labels.is_empty() { "it".to_owned() } else { shown(&format!("{name}{labels}")) }
}

/// On one line, and not too long.
fn shown(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if text.chars().count() > LONGEST { line + "…" } else { line }
}
