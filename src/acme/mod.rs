//! ACME (RFC 8555): accounts, orders, renewal information (RFC 9773), revocation.

pub mod host_key;
