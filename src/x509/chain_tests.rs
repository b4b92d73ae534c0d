use super::*;
use crate::x509::minted::Authority;

fn codes(parts: &[&[u8]]) -> Vec<&'static str> {
    let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
    Chain::from_der(&parts).unwrap().problems().iter().map(ChainProblem::code).collect()
}

#[test]
fn whole_and_broken_chains() {
    let root = Authority::root("Root");
    let first = root.intermediate("First");
    let second = first.intermediate("Second");
    let minted = second.mint(&["a.example"], 5);
    let leaf = &minted.chain.leaf().der;
    let stranger = Authority::root("Stranger");
    let other_leaf = second.mint(&["b.example"], 6);
    let other_leaf = &other_leaf.chain.leaf().der;

    assert_eq!(codes(&[leaf, &second.der, &first.der]), [""; 0]);
    assert_eq!(codes(&[leaf, &second.der, &first.der, &root.der]), [""; 0], "a root is needless, and does no harm");
    assert_eq!(codes(&[leaf, &second.der]), [""; 0], "whether the root is at hand nobody knows here");
    assert_eq!(codes(&[leaf]), ["chain-incomplete"]);
    assert_eq!(codes(&[leaf, &first.der]), ["chain-incomplete", "chain-foreign-certificate"]);
    assert_eq!(codes(&[leaf, &first.der, &second.der]), ["chain-out-of-order"]);
    assert_eq!(codes(&[&second.der, leaf]), ["chain-out-of-order"], "the leaf does not stand first");
    assert_eq!(codes(&[leaf, &second.der, &stranger.der]), ["chain-foreign-certificate"]);
    assert_eq!(codes(&[leaf, &second.der, leaf]), ["chain-repeated-certificate"]);
    assert_eq!(codes(&[leaf, &second.der, other_leaf]), ["chain-foreign-certificate"], "two leaves of one issuer");
    assert_eq!(codes(&[&root.der]), [""; 0], "self-signed");
}

#[test]
fn an_issuer_of_the_same_name_and_another_key_is_none() {
    let real = Authority::root("CA");
    let other = Authority::root("CA");
    let minted = real.mint(&["a.example"], 5);
    let leaf = &minted.chain.leaf().der;
    assert_eq!(codes(&[leaf, &real.der]), [""; 0]);
    assert_eq!(codes(&[leaf, &other.der]), ["chain-incomplete", "chain-foreign-certificate"]);
}

#[test]
fn problems_are_told_in_words() {
    let ca = Authority::root("Test CA");
    let minted = ca.mint(&["a.example"], 5);
    let alone = Chain::from_der(&[minted.chain.leaf().der.clone()]).unwrap();
    let words: Vec<_> = alone.problems().iter().map(ToString::to_string).collect();
    assert_eq!(words, ["the chain lacks the certificate of the issuer (CN=Test CA)"]);
}

#[test]
fn an_empty_chain_is_none() {
    assert_eq!(Chain::from_der(&[]), Err(X509Error::NoCertificate));
}

#[test]
fn what_a_ca_sends_in_another_order_is_put_into_the_right_one() {
    let root = Authority::root("Root");
    let first = root.intermediate("First");
    let second = first.intermediate("Second");
    let minted = second.mint(&["a.example"], 5);
    let leaf = minted.chain.leaf();
    let sent = |parts: &[&[u8]]| {
        let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
        let chain = Chain::from_der(&parts).unwrap().led_by(&leaf.key).unwrap();
        chain.certificates().map(|certificate| certificate.der.clone()).collect::<Vec<_>>()
    };
    let right = [leaf.der.clone(), second.der.clone(), first.der.clone()];
    assert_eq!(sent(&[&leaf.der, &second.der, &first.der]), right);
    assert_eq!(sent(&[&first.der, &second.der, &leaf.der]), right);
    assert_eq!(sent(&[&second.der, &leaf.der, &first.der]), right);
    assert_eq!(sent(&[&leaf.der]), right[..1]);
    let stranger = Authority::root("Stranger");
    assert_eq!(sent(&[&stranger.der, &leaf.der, &second.der])[2], stranger.der, "what it is for, the CA may know");
    let issuers = Chain::from_der(&[second.der.clone(), first.der.clone()]).unwrap();
    assert_eq!(issuers.led_by(&leaf.key), None);
}
