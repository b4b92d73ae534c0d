//! Challenges that are delegated by CNAME (RFC 8555, section 8.4, leaves it to DNS): where a value has to go.

use std::time::Duration;

use tokio::time::timeout;

use super::error::DnsError;
use super::name;
use super::resolver::Resolver;
use super::zone::Zone;

/// No more CNAMEs than these are followed.
pub const MOST_HOPS: usize = 8;
/// For all of them together: each zone on the way may have many servers, all of which may be silent.
const LONGEST: Duration = Duration::from_secs(90);

/// Where the CNAMEs of a challenge lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The names from the challenge's own to the last; one alone when there is no CNAME.
    pub chain: Vec<String>,
    /// The last: there the value belongs.
    pub target: String,
    /// The zone that holds the target.
    pub zone: Zone,
}

impl Delegation {
    /// Whether it leads where the inventory says.
    pub fn check(&self, declared: &str) -> Result<(), DnsError> {
        let declared = name::text(&name::parse(declared)?);
        // What is declared may lead on by itself.
        if self.chain.iter().skip(1).any(|name| *name == declared) {
            return Ok(());
        }
        Err(DnsError::NotDelegated { declared, chain: self.chain.clone() })
    }
}

impl Resolver {
    /// Follows the CNAMEs of a challenge's name. Only the zones' own servers are asked for its names.
    pub async fn follow_cname(&self, of: &str) -> Result<Delegation, DnsError> {
        let slow = || DnsError::TooSlow { name: of.to_owned(), seconds: LONGEST.as_secs() };
        timeout(LONGEST, self.follow(of)).await.unwrap_or_else(|_| Err(slow()))
    }

    async fn follow(&self, of: &str) -> Result<Delegation, DnsError> {
        let mut name = name::parse(of)?;
        let mut chain = vec![name::text(&name)];
        loop {
            let (zone, answer) = self.locate(&name).await?;
            let Some(next) = answer.alias(&name) else {
                return Ok(Delegation { chain, target: name::text(&name), zone });
            };
            step(&mut chain, name::text(&next))?;
            name = next;
        }
    }
}

/// One name more, unless it came before or there are too many.
fn step(chain: &mut Vec<String>, next: String) -> Result<(), DnsError> {
    let again = chain.contains(&next);
    if !again && chain.len() > MOST_HOPS {
        return Err(DnsError::TooLong { chain: std::mem::take(chain) });
    }
    chain.push(next);
    if again {
        return Err(DnsError::Loop { chain: std::mem::take(chain) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_and_long_chains_are_shown() {
        let mut chain = vec!["a".to_owned(), "b".to_owned()];
        let error = step(&mut chain, "a".to_owned()).unwrap_err();
        assert_eq!(error.to_string(), "the CNAMEs of a lead in a circle: a → b → a");
        let mut chain = vec!["n0".to_owned()];
        for hop in 1..=MOST_HOPS {
            step(&mut chain, format!("n{hop}")).unwrap();
        }
        let error = step(&mut chain, "n9".to_owned()).unwrap_err();
        assert_eq!(error.code(), "dns-cname-chain");
        assert!(error.to_string().contains("n0 → n1") && error.to_string().ends_with("n8 → …"), "{error}");
    }

    #[test]
    fn a_declared_delegation_is_held_against_what_is_there() {
        let zone = Zone { name: "example.net".to_owned(), servers: Vec::new(), unresolved: Vec::new() };
        let chain = vec!["_acme-challenge.a.org".to_owned(), "x.example.net".to_owned(), "y.example.net".to_owned()];
        let found = Delegation { target: chain[2].clone(), chain, zone };
        found.check("X.example.net.").unwrap();
        found.check("y.example.net").unwrap();
        let error = found.check("z.example.net").unwrap_err();
        assert!(error.to_string().ends_with("leads elsewhere: _acme-challenge.a.org → x.example.net → y.example.net"));
        assert_eq!(error.hint().unwrap(), "add this record: _acme-challenge.a.org. CNAME z.example.net.");
        let none = Delegation { chain: vec!["_acme-challenge.a.org".to_owned()], ..found };
        let error = none.check("z.example.net").unwrap_err().to_string();
        assert_eq!(error, "_acme-challenge.a.org is declared to be delegated to z.example.net, and has no CNAME");
    }
}
