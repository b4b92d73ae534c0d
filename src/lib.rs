//! fleet keeps a fleet of Linux servers in the state that its inventory declares.
//!
//! The rooms of the house, from the top down; imports run downwards only:
//!
//! - [`cli`]: one file a command: arguments in, report out.
//! - [`report`]: tables, JSON, progress: the only place that knows a terminal.
//! - [`playbook`]: ordered steps over actions, with rollouts and gates, compiled to one plan.
//! - [`actions`]: what fleet keeps as declared: pure planning, one folder each.
//! - [`journal`]: who changed what, from what, to what.
//! - [`approval`]: who has approved a plan, with which key, and who is missing.
//! - [`acme`]: certificate authorities: accounts, orders, renewal.
//! - [`engine`]: probe → plan → transaction → wave → gate → outcome; the host-side executor.
//! - [`inventory`]: what the user declared: load, validate with spans, merge, select hosts.
//! - [`store`]: the certificates that were issued.
//! - [`dns`]: what authoritative servers say; challenges.
//! - [`http`]: one HTTP client.
//! - [`tls`], [`x509`]: what a server presents; what a certificate says.
//! - [`secrets`]: where a secret comes from; a secret never prints itself.
//! - [`ssh`]: reaching a host: connections that stay open, one script in, frames out.
//! - [`lab`]: rehearsal hosts on this machine: real systemd and sshd.
//! - [`names`], [`text`]: newtypes for what must not be mixed up, and small forms of text.

pub mod acme;
pub mod actions;
pub mod approval;
pub mod cli;
pub mod dns;
pub mod engine;
pub mod http;
pub mod inventory;
pub mod journal;
pub mod lab;
pub mod names;
pub mod playbook;
pub mod report;
pub mod secrets;
pub mod ssh;
pub mod store;
pub mod text;
pub mod tls;
pub mod x509;
