//! One host: which certificate files it has, whose key is where, and who presents them.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Answer, KeyDigest};
use super::uses::{Service, Use};
use super::{apache, haproxy, mail, nginx};
use crate::x509::{Certificate, Chain, Fingerprint};

/// certbot's directory.
pub(super) const CERTBOT: &str = "/etc/letsencrypt";

/// A file with certificates.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its real path.
    pub(super) path: String,
    /// The paths by which services and certbot name it.
    pub(super) named: BTreeSet<String>,
    /// The first certificate in it, and the others.
    pub(super) chain: Chain,
    /// The file of its key, if one is known.
    pub(super) key: Option<String>,
    /// Who presents it.
    pub(super) uses: Vec<Use>,
    /// The lineages of certbot that it belongs to.
    pub(super) lineages: BTreeSet<String>,
}

/// A file with a private key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Of its public half.
    pub(super) public: Fingerprint,
    /// Whether that was read from the key itself; else it is what its certificate says.
    pub(super) proven: bool,
    /// The lineages of certbot that it belongs to.
    pub(super) lineages: BTreeSet<String>,
}

/// One host, put together.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub(super) answer: Answer,
    /// All that services name, whether it is there or not.
    pub(super) uses: Vec<Use>,
    /// By real path.
    pub(super) places: BTreeMap<String, Place>,
    /// By real path.
    pub(super) keys: BTreeMap<String, Key>,
    /// Files whose certificates can't be read, and why.
    pub(super) damaged: BTreeMap<String, String>,
}

impl Survey {
    pub(super) fn of(answer: Answer) -> Self {
        let mut uses = nginx::uses(&answer.nginx);
        uses.extend(haproxy::uses(&answer));
        uses.extend(mail::postfix(&answer));
        uses.extend(mail::dovecot(&answer));
        uses.extend(apache::uses(&answer.apache));
        uses.sort();
        uses.dedup();
        let mut survey =
            Self { answer, uses, places: BTreeMap::new(), keys: BTreeMap::new(), damaged: BTreeMap::new() };
        survey.find_places();
        survey.find_keys();
        survey
    }

    fn find_places(&mut self) {
        let answer = &self.answer;
        for (path, blocks) in &answer.certificates {
            let chain = match Chain::from_der(&blocks.der) {
                Ok(chain) => chain,
                Err(_) if blocks.der.is_empty() => continue,
                Err(error) => {
                    self.damaged.insert(path.clone(), error.to_string());
                    continue;
                }
            };
            let named: BTreeSet<String> =
                answer.paths.iter().filter(|(_, real)| *real == path).map(|(named, _)| named.clone()).collect();
            let uses: Vec<Use> = self.uses.iter().filter(|it| named.contains(&it.certificate)).cloned().collect();
            let lineages = named.iter().chain([path]).filter_map(|path| lineage(path)).map(str::to_owned).collect();
            let key = self.key_of(path, &uses);
            let place = Place { path: path.clone(), named, chain, key, uses, lineages };
            self.places.insert(path.clone(), place);
        }
    }

    /// The real path of the key of a certificate file: as a service names it, in the file itself, or as certbot has it.
    fn key_of(&self, path: &str, uses: &[Use]) -> Option<String> {
        let answer = &self.answer;
        let named = uses.iter().filter_map(|it| it.key.as_ref()).find_map(|key| answer.paths.get(key));
        if let Some(key) = named {
            return Some(key.clone());
        }
        if answer.keys.contains_key(path) {
            return Some(path.to_owned());
        }
        let (directory, file) = path.rsplit_once('/')?;
        let version = file.strip_prefix("fullchain")?;
        let beside = format!("{directory}/privkey{version}");
        answer.keys.contains_key(&beside).then_some(beside)
    }

    fn find_keys(&mut self) {
        let answer = &self.answer;
        for (path, digest) in &answer.keys {
            let of: Vec<&Place> = self.places.values().filter(|place| place.key.as_ref() == Some(path)).collect();
            let known = match digest {
                KeyDigest::Known(digest) => Fingerprint::parse(digest),
                KeyDigest::NotAsked | KeyDigest::Unreadable => None,
            };
            let assumed = || of.first().map(|place| place.chain.leaf().key.clone());
            let proven = known.is_some();
            let named = answer.paths.iter().filter(|(_, real)| *real == path).map(|(named, _)| named);
            let lineages = named.chain([path]).filter_map(|path| lineage(path)).map(str::to_owned).collect();
            if let Some(public) = known.or_else(assumed) {
                self.keys.insert(path.clone(), Key { public, proven, lineages });
            }
        }
    }

    /// The unit that is reloaded for a service, as it is called on this host.
    pub(super) fn unit(&self, service: Service) -> &'static str {
        match service {
            Service::Apache if self.answer.runs("httpd.service") => "httpd.service",
            service => service.unit(),
        }
    }
}

impl Place {
    pub(super) fn leaf(&self) -> &Certificate {
        self.chain.leaf()
    }
}

/// The lineage of certbot that a path belongs to.
pub(super) fn lineage(path: &str) -> Option<&str> {
    let below = path.strip_prefix(CERTBOT)?;
    let rest = below.strip_prefix("/live/").or_else(|| below.strip_prefix("/archive/"))?;
    rest.split_once('/').map(|(name, _)| name)
}
