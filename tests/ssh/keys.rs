//! Host keys are seen, compared, recorded and, once recorded, trusted.

use std::fs;

use fleet::ssh::host_keys::{Comparison, compare, record};

use crate::lab::{LIMIT, Lab, host, run};

#[tokio::test]
async fn trust_is_recorded_and_then_holds() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "MaxStartups 1:100:1");
    fs::remove_file(lab.path("known")).unwrap();
    let ssh = lab.ssh([lab.target("web", sshd.port), lab.target("closed", 1)]);
    let web = host("web");
    let keys = ssh.scan(&web, LIMIT).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.fingerprint.clone()).collect::<Vec<_>>(), [sshd.fingerprint()]);
    assert_eq!(compare(&lab.path("known"), &web, &keys).unwrap(), Comparison::New);
    assert_eq!(run(&ssh, "web", ":").await.expect_err("not trusted yet").code(), "host-key-unknown");
    assert!(record(&lab.path("known"), &web, &keys, false).unwrap());
    run(&ssh, "web", ":").await.unwrap();
    assert_eq!(compare(&lab.path("known"), &web, &keys).unwrap(), Comparison::Same(vec![]));
    assert_eq!(sshd.logins(), 1, "looking at keys is no login");

    let other = lab.sshd("other", "");
    let ssh = lab.ssh([lab.target("web", other.port)]);
    let changed = ssh.scan(&web, LIMIT).await.unwrap();
    assert_eq!(compare(&lab.path("known"), &web, &changed).unwrap(), Comparison::Changed(keys));
    assert_eq!(record(&lab.path("known"), &web, &changed, false).expect_err("changed").code(), "host-key-changed");
    assert_eq!(run(&ssh, "web", ":").await.expect_err("changed").code(), "host-key-changed");
    assert!(record(&lab.path("known"), &web, &changed, true).unwrap());
    run(&ssh, "web", ":").await.unwrap();
}

#[tokio::test]
async fn unreachable_hosts_have_no_keys() {
    let lab = Lab::new();
    let ssh = lab.ssh([lab.target("closed", 1)]);
    let error = ssh.scan(&host("closed"), LIMIT).await.expect_err("nothing listens there");
    assert_eq!(error.code(), "refused", "{error:?}");
}
