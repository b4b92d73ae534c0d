//! What must not stand in the environment of a unit, which every user of a host can read.

/// Words of a name that make its value a secret.
const WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "PW",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
    "CREDENTIAL",
    "CREDENTIALS",
    "KEY",
    "KEYS",
    "APIKEY",
    "PRIVATE",
    "SALT",
    "PEPPER",
    "DSN",
    "JWT",
    "OTP",
    "COOKIE",
    "WEBHOOK",
];

/// Last words of a name that speaks *about* a secret, such as `DB_PASSWORD_FILE`.
const ABOUT: &[&str] = &["FILE", "PATH", "DIR", "NAME", "ID", "PREFIX", "TTL", "TYPE", "SIZE", "LENGTH", "COUNT"];

/// Whether a variable holds a secret, by its name or its value. In doubt it does: an env file is the right place anyhow.
pub(super) fn holds_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let about = name.rsplit('_').next().is_some_and(|last| ABOUT.contains(&last));
    let plain = value.parse::<u32>().is_ok() || matches!(value, "" | "true" | "false");
    (words.any(|word| WORDS.contains(&word)) && !about && !plain) || shows_secret(value)
}

/// A URL with a password in it, or a private key.
fn shows_secret(value: &str) -> bool {
    let in_url = value.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).is_some_and(|(_, word)| !word.is_empty())
    });
    in_url || value.contains("PRIVATE KEY-----")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_and_by_value() {
        for (name, value) in [
            ("DB_PASS", "x"),
            ("SECRET_KEY_BASE", "abc"),
            ("GITHUB_TOKEN", "x"),
            ("redis_password", "x"),
            ("REDIS_URL", "redis://:hunter2@nietzsche:6379/0"),
            ("DATABASE_URL", "postgres://app:hunter2@db/app"),
        ] {
            assert!(holds_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("DB_POOL", "5"),
            ("MALLOC_ARENA_MAX", "2"),
            ("DB_PASSWORD_FILE", "/run/credentials/db"),
            ("CACHE_KEY_VERSION", "3"),
            ("REDIS_URL", "redis://nietzsche:6379/0"),
            ("PGAPPNAME", "sidekiq-ingress"),
            ("KEYCLOAK_HOST", "sso"),
        ] {
            assert!(!holds_secret(name, value), "{name}");
        }
    }
}
