//! A leaf and what leads from it towards a root.

use std::fmt;

use super::{Certificate, Fingerprint, X509Error, pem};

/// No chain is longer.
const LONGEST: usize = 20;

/// A leaf and the certificates that lead from it towards a root, in the order in which they were found. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    leaf: Certificate,
    issuers: Vec<Certificate>,
}

/// What is wrong with a chain as a server would present it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainProblem {
    /// No issuer is sent with the leaf: most clients then don't find the way to the root.
    Incomplete {
        /// Who issued the leaf.
        issuer: String,
    },
    /// The certificates do not stand in the order in which one issued the other (RFC 8446 allows it, old clients don't).
    OutOfOrder,
    /// One that is not on the way from the leaf to its root.
    Foreign {
        /// Whose it is.
        subject: String,
    },
    /// The same certificate twice.
    Repeated {
        /// Whose it is.
        subject: String,
    },
}

impl ChainProblem {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Incomplete { .. } => "chain-incomplete",
            Self::OutOfOrder => "chain-out-of-order",
            Self::Foreign { .. } => "chain-foreign-certificate",
            Self::Repeated { .. } => "chain-repeated-certificate",
        }
    }
}

impl fmt::Display for ChainProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete { issuer } => write!(f, "the chain lacks the certificate of the issuer ({issuer})"),
            Self::OutOfOrder => f.write_str("the chain is out of order"),
            Self::Foreign { subject } => write!(f, "the certificate of {subject} does not belong into the chain"),
            Self::Repeated { subject } => write!(f, "the certificate of {subject} is in the chain twice"),
        }
    }
}

impl Chain {
    /// All certificates of a PEM text, leaf first; keys and other sections are left out.
    pub fn from_pem(text: &[u8]) -> Result<Self, X509Error> {
        Self::from_der(&pem::read(text)?.certificates)
    }

    /// The certificates in this order, leaf first.
    pub fn from_der(certificates: &[Vec<u8>]) -> Result<Self, X509Error> {
        if certificates.len() > LONGEST {
            return Err(X509Error::TooMany { limit: LONGEST });
        }
        let (leaf, issuers) = certificates.split_first().ok_or(X509Error::NoCertificate)?;
        Ok(Self {
            leaf: Certificate::from_der(leaf)?,
            issuers: issuers.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>()?,
        })
    }

    /// The chain as servers are to present it: the certificate with this key, and those that lead from it towards a root, in
    /// their order. `None`: none has this key.
    pub fn led_by(self, key: &Fingerprint) -> Option<Self> {
        let mut all = vec![self.leaf];
        all.extend(self.issuers);
        let leaf = all.iter().position(|certificate| certificate.key == *key)?;
        all.swap(0, leaf);
        let way = way(&all.iter().collect::<Vec<_>>());
        // What is not on the way may be another way, to another root: it stays behind.
        let rest = (1..all.len()).filter(|index| !way.contains(index));
        let order: Vec<usize> = way.iter().copied().skip(1).chain(rest).collect();
        let issuers = order.into_iter().map(|index| all[index].clone()).collect();
        Some(Self { leaf: all.swap_remove(0), issuers })
    }

    /// The certificate that is presented.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// Those after the leaf.
    pub fn issuers(&self) -> &[Certificate] {
        &self.issuers
    }

    /// All, leaf first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.issuers)
    }

    /// All as PEM, leaf first: certbot's `fullchain.pem`.
    pub fn to_pem(&self) -> String {
        self.certificates().map(to_pem).collect()
    }

    /// The leaf as PEM: certbot's `cert.pem`.
    pub fn leaf_pem(&self) -> String {
        to_pem(&self.leaf)
    }

    /// Those after the leaf as PEM: certbot's `chain.pem`.
    pub fn issuers_pem(&self) -> String {
        self.issuers.iter().map(to_pem).collect()
    }

    /// What is wrong with it; not whether its root is to be trusted.
    pub fn problems(&self) -> Vec<ChainProblem> {
        let mut problems = Vec::new();
        let mut all: Vec<&Certificate> = Vec::new();
        for certificate in self.certificates() {
            if all.iter().any(|one| one.fingerprint == certificate.fingerprint) {
                problems.push(ChainProblem::Repeated { subject: certificate.subject.clone() });
            } else {
                all.push(certificate);
            }
        }
        let way = way(&all);
        // The first has issued another: then the leaf stands elsewhere.
        let leaf_is_first = !all.iter().skip(1).any(|one| one.issued_by(all[0]));
        if leaf_is_first && way.len() == 1 && !self.leaf.self_signed() {
            problems.push(ChainProblem::Incomplete { issuer: self.leaf.issuer.clone() });
        }
        if !leaf_is_first || way.windows(2).any(|pair| pair[0] > pair[1]) {
            problems.push(ChainProblem::OutOfOrder);
        }
        for (_, one) in all.iter().enumerate().filter(|(index, _)| !way.contains(index)) {
            // Another way to the same root, or across to another one; or what stands above a leaf that is not first.
            let belongs = one.issued_by(all[0]) || way.iter().any(|step| all[*step].issued_by(one));
            if !belongs {
                problems.push(ChainProblem::Foreign { subject: one.subject.clone() });
            }
        }
        problems.sort();
        problems
    }
}

/// The way from the first certificate to the last issuer that is there, as indices.
fn way(all: &[&Certificate]) -> Vec<usize> {
    let mut way = vec![0];
    while let Some(last) = way.last().copied() {
        // In their order, so that of two certificates of one issuer the first is taken.
        let next = (0..all.len()).find(|index| !way.contains(index) && all[last].issued_by(all[*index]));
        match next {
            Some(index) => way.push(index),
            None => break,
        }
    }
    way
}

fn to_pem(certificate: &Certificate) -> String {
    // Base64 and labels are ASCII.
    String::from_utf8_lossy(&pem::write("CERTIFICATE", &certificate.der)).into_owned()
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
