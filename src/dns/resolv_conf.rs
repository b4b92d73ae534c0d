//! The system's resolvers: `/etc/resolv.conf` (resolv.conf(5)).

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// glibc uses so many and no more (MAXNS).
const MOST: usize = 3;

/// The addresses of the `nameserver` lines, in order.
pub(super) fn name_servers(text: &str) -> Vec<SocketAddr> {
    let lines = text.lines().map(|line| line.split(['#', ';']).next().unwrap_or_default());
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next()? == "nameserver").then(|| address(words.next()?))?
        })
        .take(MOST)
        .collect()
}

/// An address; a link-local one may name its interface by number (`fe80::1%2`).
fn address(word: &str) -> Option<SocketAddr> {
    if let Some((address, scope)) = word.split_once('%') {
        let scope = scope.parse().ok()?;
        return Some(SocketAddrV6::new(address.parse::<Ipv6Addr>().ok()?, 53, 0, scope).into());
    }
    Some(SocketAddr::new(word.parse::<IpAddr>().ok()?, 53))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_resolv_conf() {
        let text = "# by hand\nsearch example.org\nnameserver 192.0.2.53 # first\n\tnameserver\t2001:db8::53\n\
                    nameserver fe80::1%2\nnameserver 192.0.2.99\noptions edns0\n";
        let found: Vec<String> = name_servers(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.53:53", "[2001:db8::53]:53", "[fe80::1%2]:53"]);
    }

    #[test]
    fn what_is_no_address_is_left_out() {
        assert_eq!(name_servers("nameserver\nnameserver x\n;nameserver 192.0.2.1\nnameservers 192.0.2.1\n"), []);
    }
}
