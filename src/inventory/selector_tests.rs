use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

struct Fixed {
    hosts: BTreeSet<HostName>,
    groups: BTreeMap<String, BTreeSet<HostName>>,
}

impl Universe for Fixed {
    fn hosts(&self) -> &BTreeSet<HostName> {
        &self.hosts
    }

    fn group(&self, name: &str) -> Option<&BTreeSet<HostName>> {
        self.groups.get(name)
    }

    fn group_names(&self) -> Vec<&str> {
        self.groups.keys().map(String::as_str).collect()
    }
}

fn set(names: &[&str]) -> BTreeSet<HostName> {
    names.iter().map(|name| HostName::new(*name)).collect()
}

fn universe() -> Fixed {
    let hosts = set(&["a1", "a2", "a3", "b1", "b2", "b3", "c-x-1", "c-y-1", "w01", "w02", "w10"]);
    let groups = [("low", set(&["a1", "b1"])), ("as", set(&["a1", "a2", "a3"])), ("bs", set(&["b1", "b2", "b3"]))];
    Fixed { hosts, groups: groups.into_iter().map(|(name, hosts)| (name.to_owned(), hosts)).collect() }
}

fn read(path: &str) -> Result<String, String> {
    match path {
        "good" => Ok("# the first two\na1\n\nb1, b2 # and more\n".to_owned()),
        "bad" => Ok("a1\na9\n".to_owned()),
        "broken" => Ok("a1 b1\n".to_owned()),
        "nested" => Ok("@good\n".to_owned()),
        "empty" => Ok("# nothing\n".to_owned()),
        _ => Err("no such file".to_owned()),
    }
}

fn select(text: &str) -> Result<String, String> {
    let hosts = Selector::parse(text, &read).and_then(|selector| selector.evaluate(&universe()));
    match hosts {
        Ok(hosts) => Ok(hosts.iter().map(HostName::as_str).collect::<Vec<_>>().join(" ")),
        Err(error) => {
            Err(format!("{}:{} {} ({})", error.code(), error.column(), error.message(), error.hint().unwrap_or("-")))
        }
    }
}

#[test]
fn known_answers() {
    let table = [
        ("a1", "a1"),
        ("low", "a1 b1"),
        ("as,b2", "a1 a2 a3 b2"),
        (" as , b2 ", "a1 a2 a3 b2"),
        ("as&low", "a1"),
        ("as!low", "a2 a3"),
        ("as,bs!low", "a2 a3 b2 b3"),
        ("as,(bs!low)", "a1 a2 a3 b2 b3"),
        ("as,!a1", "a2 a3"),
        ("as,&low", "a1"),
        ("as&!a1", "a2 a3"),
        ("as,", "a1 a2 a3"),
        ("!as!bs", "c-x-1 c-y-1 w01 w02 w10"),
        ("as,bs&low", "a1 b1"),
        ("a*", "a1 a2 a3"),
        ("*1&b?", "b1"),
        ("c-*-1", "c-x-1 c-y-1"),
        ("*", "a1 a2 a3 b1 b2 b3 c-x-1 c-y-1 w01 w02 w10"),
        ("a[1-3]", "a1 a2 a3"),
        ("a[1,3]", "a1 a3"),
        ("w[01-02,10]", "w01 w02 w10"),
        ("c-*-[1-1]", "c-x-1 c-y-1"),
        ("@good", "a1 b1 b2"),
        ("@good & bs", "b1 b2"),
        ("a1,a1", "a1"),
    ];
    for (selector, hosts) in table {
        assert_eq!(select(selector).as_deref(), Ok(hosts), "{selector}");
    }
}

#[test]
fn errors_have_a_column() {
    let table = [
        "",
        "  ",
        "a1,,b1",
        "a1 b1",
        "as&",
        "(as",
        "as)",
        "a[1-",
        "a[1-x]",
        "a[3-1]",
        "a[01-3]",
        "a[1-999999999]",
        "a[]",
        "a1,lwo",
        "a1,b4",
        "zzz*",
        "a[1-5]",
        "as&bs",
        "ä",
        "a1; rm",
        "@none",
        "@bad",
        "@broken",
        "@nested",
        "@empty",
        "@",
        "-oProxyCommand=x",
    ];
    let rendered: Vec<String> =
        table.iter().map(|selector| format!("{selector:20} {}", select(selector).expect_err(selector))).collect();
    insta::assert_snapshot!(rendered.join("\n"));
}

#[test]
fn deep_and_long_input_ends() {
    assert!(select(&"(".repeat(100_000)).is_err());
    assert!(select(&"[1-100]".repeat(50)).is_err());
    assert!(select(&"a1,".repeat(10_000)).is_ok());
}

fn term() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("as".to_owned()),
        Just("bs".to_owned()),
        Just("low".to_owned()),
        Just("*1".to_owned()),
        Just("w[01-02]".to_owned()),
        (1..4_u8, prop_oneof![Just('a'), Just('b')]).prop_map(|(number, letter)| format!("{letter}{number}")),
    ]
}

/// Selectors with parentheses, of any shape.
fn selector() -> impl Strategy<Value = String> {
    term().prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), prop_oneof![Just(','), Just('&'), Just('!')], inner)
            .prop_map(|(a, op, b)| format!("({a}{op}{b})"))
    })
}

fn hosts(text: &str) -> BTreeSet<HostName> {
    match Selector::parse(text, &read).unwrap().evaluate(&universe()) {
        Ok(hosts) => hosts,
        Err(error) => {
            assert_eq!(error.code(), "empty-selection");
            BTreeSet::new()
        }
    }
}

proptest! {
    #[test]
    fn set_algebra(a in selector(), b in selector(), c in selector()) {
        let (x, y, z) = (hosts(&a), hosts(&b), hosts(&c));
        prop_assert_eq!(hosts(&format!("{a},{b}")), &x | &y);
        prop_assert_eq!(hosts(&format!("{a}&{b}")), &x & &y);
        prop_assert_eq!(hosts(&format!("{a}!{b}")), &x - &y);
        prop_assert_eq!(hosts(&format!("!{a}")), &universe().hosts - &x);
        prop_assert_eq!(hosts(&format!("{a},{b}!{c}")), &(&x | &y) - &z);
        prop_assert_eq!(hosts(&format!("{a}!({b},{c})")), hosts(&format!("{a}!{b}!{c}")));
        prop_assert_eq!(hosts(&format!("({a},{b})&{c}")), hosts(&format!("({a}&{c}),({b}&{c})")));
        prop_assert_eq!(hosts(&format!("{a}&{a}")), x);
    }

    #[test]
    fn never_panics(text in ".{0,40}") {
        if let Ok(selector) = Selector::parse(&text, &read) {
            let _result = selector.evaluate(&universe());
        }
    }

    #[test]
    fn noise_of_operators_never_panics(text in "[a1,&!()\\[\\]@*?# -]{0,30}") {
        match Selector::parse(&text, &read).and_then(|selector| selector.evaluate(&universe())) {
            Ok(hosts) => prop_assert!(!hosts.is_empty()),
            Err(error) => prop_assert!(error.column() <= text.chars().count() + 1),
        }
    }
}
