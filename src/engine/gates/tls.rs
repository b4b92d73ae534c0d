//! Whether what a host presents is trusted, and for how long yet.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::super::gate::{Limits, Looked, ONE_TRY, PAUSE, Saw, View, until_good};
use super::super::outside::{self, Handshake};
use crate::names::HostName;
use crate::tls::{Trust, Untrusted};
use crate::x509::Certificate;

/// Looks until it is good, or the limits are reached.
pub(in crate::engine) async fn look(
    view: &View<'_>,
    host: &HostName,
    handshake: &Handshake,
    days: u32,
    roots: Option<&str>,
    limits: &Limits<'_>,
) -> Looked {
    let trust = match Trust::new(roots) {
        Ok(trust) => trust,
        Err(why) => return Looked { saw: Err(why), tries: 0 },
    };
    let address = view.transport.address(host);
    until_good(PAUSE, limits, async || {
        let limit = limits.left(ONE_TRY);
        let addresses = outside::addresses_of(&address, limit).await?;
        let looks = addresses.iter().map(async |address| {
            let seen = match outside::presented(handshake, *address, limit).await {
                Ok(chain) => judge(&trust, &chain, &handshake.server_name, days, Timestamp::now()),
                Err(why) => Err(why),
            };
            (*address, seen)
        });
        whole(&futures_util::future::join_all(looks).await, handshake)
    })
    .await
}

fn whole(seen: &[(IpAddr, Saw)], handshake: &Handshake) -> Saw {
    let at = |address: &IpAddr, words: &str| format!("{address} {handshake}: {words}");
    let bad: Vec<String> = seen.iter().filter_map(|(address, saw)| Some(at(address, saw.as_ref().err()?))).collect();
    if !bad.is_empty() {
        return Err(bad.join("; "));
    }
    let good = seen.iter().filter_map(|(address, saw)| Some(at(address, saw.as_ref().ok()?)));
    Ok(good.collect::<Vec<_>>().join("; "))
}

/// Whether a chain is trusted for a name, now and for so many days.
pub(super) fn judge(trust: &Trust, chain: &[Vec<u8>], name: &str, days: u32, now: Timestamp) -> Saw {
    let leaf = chain.first().ok_or("it presents nothing")?;
    let until = Certificate::from_der(leaf).map_err(|error| error.to_string())?.not_after;
    let date = until.strftime("%F %TZ");
    trust.judge(chain, name, now).map_err(|why| format!("it presents a certificate that {why}"))?;
    let later = now.checked_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX);
    match trust.judge(chain, name, later) {
        Ok(()) => Ok(format!("trusted, and valid until {date}")),
        Err(Untrusted::Expired) => Err(format!("trusted, and valid until {date} alone, not for {days} days more")),
        Err(why) => Err(format!("it presents a certificate that in {days} days {why}")),
    }
}
