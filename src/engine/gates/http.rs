//! What a URL answers: status, body, and how long it takes.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ::http::Method;
use regex::bytes::Regex;

use super::super::gate::{Limits, Looked, SCRIPT_PAUSE, Saw, View, until_good};
use super::super::outside;
use super::super::transaction::{HttpGate, Latency};
use super::{confined, roots};
use crate::http::{Client, Request};

/// For one request: a server that does not answer must leave time for another try.
const ONE_REQUEST: Duration = Duration::from_secs(10);

/// Looks until it is good, or the limits are reached.
pub(in crate::engine) async fn look(view: &View<'_>, gate: &HttpGate, limits: &Limits<'_>) -> Looked {
    until_good(SCRIPT_PAUSE, limits, async || seen(view, gate, limits).await).await
}

/// All that is asked, as a summary tells it.
pub(in crate::engine) fn told(gate: &HttpGate) -> String {
    let HttpGate { url, host, status, body, requests, latency, roots } = gate;
    let status: Vec<String> = status.iter().map(ToString::to_string).collect();
    let at = host.as_ref().map(|host| format!(", asked at every address of {host},")).unwrap_or_default();
    let times = if *requests == 1 { String::new() } else { format!(", {requests} times") };
    let body = body.as_ref().map(|body| format!(", with a body that matches `{body}`")).unwrap_or_default();
    let within = |it: &Latency| format!(", {} % of the times within {} ms", it.percentile, it.milliseconds);
    let latency = latency.as_ref().map(within).unwrap_or_default();
    let roots = roots::told(roots.as_ref());
    format!("see from here that {url}{at} answers {}{times}{body}{latency}{roots}", status.join(" or "))
}

async fn seen(view: &View<'_>, gate: &HttpGate, limits: &Limits<'_>) -> Saw {
    let slow = gate.latency.as_ref().map_or(Duration::ZERO, |it| Duration::from_millis(it.milliseconds.into()));
    let one = limits.left(ONE_REQUEST.max(slow * 2));
    let url = url::Url::parse(&gate.url).map_err(|error| error.to_string())?;
    let name = url.host_str().ok_or("the URL names no host")?;
    let body = gate.body.as_deref().map(Regex::new).transpose().map_err(|error| error.to_string())?;
    let places: Vec<Option<Vec<IpAddr>>> = match &gate.host {
        Some(host) => {
            let addresses = outside::addresses_of(&view.transport.address(host), one).await?;
            addresses.into_iter().map(|address| Some(vec![address])).collect()
        }
        None => vec![confined(view.transport, name, one).await?],
    };
    let asks = places.iter().map(|place| async {
        let at = place.as_deref().map(|addresses| (name, addresses));
        let saw = match Client::for_looks(&roots::of(gate.roots.as_ref()), at, one) {
            Ok(client) => ask(&client, gate, body.as_ref(), limits).await,
            Err(error) => Err(error.to_string()),
        };
        // Which of them is said where there are several.
        match place.as_deref() {
            Some([address]) if places.len() > 1 => match saw {
                Ok(saw) => Ok(format!("{address}: {saw}")),
                Err(why) => Err(format!("{address}: {why}")),
            },
            _ => saw,
        }
    });
    let saw = futures_util::future::join_all(asks).await;
    let bad: Vec<&str> = saw.iter().filter_map(|saw| saw.as_ref().err().map(String::as_str)).collect();
    if bad.is_empty() {
        Ok(saw.into_iter().filter_map(Result::ok).collect::<Vec<_>>().join("; "))
    } else {
        Err(bad.join("; "))
    }
}

/// Asks one place, one request after another. Of a body nothing is said: it may hold anything.
async fn ask(client: &Client, gate: &HttpGate, body: Option<&Regex>, limits: &Limits<'_>) -> Saw {
    let mut took = Vec::new();
    let mut answers: BTreeMap<u16, u32> = BTreeMap::new();
    for number in 1..=gate.requests {
        let at = if gate.requests == 1 { String::new() } else { format!(" at {number} of {}", gate.requests) };
        if limits.left(Duration::MAX).is_zero() {
            return Err(format!("the time is up{at}"));
        }
        let begun = Instant::now();
        let request = Request { method: Method::GET, url: &gate.url, secret: false, body: None };
        let answer = client.send(request).await.map_err(|error| format!("{error}{at}"))?;
        took.push(begun.elapsed());
        let status = answer.status.as_u16();
        if !gate.status.contains(&status) {
            return Err(format!("{status}{at}"));
        }
        if body.is_some_and(|regex| !regex.is_match(&answer.body)) {
            return Err(format!("{status} with another body{at} ({} bytes)", answer.body.len()));
        }
        *answers.entry(status).or_default() += 1;
    }
    let answers: Vec<String> = answers.iter().map(|(status, count)| format!("{count} × {status}")).collect();
    let answers = answers.join(" and ");
    let (percentile, most) = match &gate.latency {
        Some(latency) => (latency.percentile, Some(latency.milliseconds)),
        None => (95, None),
    };
    let milliseconds = percentile_of(&mut took, percentile).as_millis();
    match most {
        Some(most) if milliseconds > u128::from(most) => {
            Err(format!("{answers}, p{percentile} {milliseconds} ms, more than {most} ms"))
        }
        _ => Ok(format!("{answers}, p{percentile} {milliseconds} ms")),
    }
}

/// The smallest of them that so many percent are not above (nearest rank); nothing of nothing.
pub(super) fn percentile_of(took: &mut [Duration], percentile: u8) -> Duration {
    took.sort_unstable();
    let rank = (took.len() * usize::from(percentile)).div_ceil(100);
    took.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
