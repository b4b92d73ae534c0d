//! What looks like a secret, by its name or its value. In doubt it is one: it is then shown as a digest, which costs little.

/// Words of a name that make its value a secret, wherever they stand in the name.
const SECRET_WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "APIKEY",
    "PRIVATE",
    "ENCRYPTIONKEY",
    "AUTHKEY",
];

/// Words that do so only as a whole word (`KEY`, but not `KEYCLOAK`).
const SECRET_WHOLE_WORDS: &[&str] = &[
    "KEY", "KEYS", "PASS", "PW", "PWD", "OTP", "TOTP", "PIN", "SALT", "PEPPER", "SEED", "DSN", "JWT", "HMAC", "COOKIE",
    "BEARER", "WEBHOOK",
];

/// Last words of a name that speaks *about* a secret: `S3_KEY_PREFIX`, `AWS_ACCESS_KEY_ID`, `TOKEN_TTL`, `PASSWORD_FILE`.
const ABOUT: &[&str] = &[
    "PREFIX",
    "SUFFIX",
    "ID",
    "IDS",
    "PATH",
    "FILE",
    "DIR",
    "NAME",
    "NAMES",
    "TYPE",
    "ALGORITHM",
    "ALG",
    "TTL",
    "EXPIRY",
    "EXPIRES",
    "LENGTH",
    "SIZE",
    "ROTATION",
    "ENABLED",
    "DISABLED",
    "REQUIRED",
    "ENDPOINT",
    "FINGERPRINT",
    "COUNT",
    "BITS",
    "BYTES",
    "HEADER",
    "TIMEOUT",
    "MAX",
    "MIN",
    "ISSUER",
    "AUDIENCE",
    "DOMAIN",
    "HOST",
    "PORT",
    "REGION",
    "METHOD",
    "VERSION",
    "DAYS",
    "MINUTES",
    "SECONDS",
];

/// How values of well-known services start.
const SECRET_STARTS: &[&str] = &[
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "sk-",
    "SG.",
    "hvs.",
    "dop_v1_",
    "AGE-SECRET-KEY-",
    "npm_",
    "pypi-",
    "shpat_",
    "Bearer ",
    "Basic ",
    "eyJ",
];

/// Parameters that carry a secret inside a longer value (a query, a connection string).
const SECRET_PARAMETERS: &[&str] = &[
    "password=",
    "passwd=",
    "pwd=",
    "token=",
    "secret=",
    "apikey=",
    "api_key=",
    "accountkey=",
    "sharedaccesskey=",
    "signature=",
    "sig=",
];

/// Whether a value should be shown as a digest only.
pub fn looks_secret(key: &str, value: &str) -> bool {
    if is_trivial(value) {
        return false;
    }
    let words = words(key);
    let is = |word: &str| words.iter().any(|other| other == word);
    let joined = words.concat();
    let named = SECRET_WORDS.iter().any(|word| joined.contains(word)) || SECRET_WHOLE_WORDS.iter().any(|word| is(word));
    let public = is("PUBLIC") && !is("PRIVATE");
    let about = words.last().is_some_and(|last| ABOUT.contains(&last.as_str()));
    // `PWD` alone is the working directory.
    if named && !public && !about && key != "PWD" && key != "OLDPWD" {
        return true;
    }
    carries_secret(value) || (!public && is_random(value))
}

/// Whether a name can be shown. A line of a key or certificate that lost its quotes reads as a name too (`MIIEvQ…==`).
pub fn name_can_be_shown(name: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=100).contains(&name.len()) && name.bytes().all(usual) && !carries_secret(name) && !is_random(name)
}

/// Upper-case words of a name: `dbPassword` and `DB_PASSWORD` have the same.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for character in key.chars() {
        if !character.is_alphanumeric() || (lower && character.is_uppercase()) {
            words.push(String::new());
        }
        lower = character.is_lowercase();
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_uppercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Values that tell nothing: shown whatever their name is.
fn is_trivial(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || ["true", "false", "yes", "no", "on", "off", "none", "null"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word))
}

/// A secret inside the value: a URL with a password, a PEM key, a known kind of token.
fn carries_secret(value: &str) -> bool {
    let lower = value.to_lowercase();
    SECRET_STARTS.iter().any(|start| value.trim_start_matches(['"', '\'', ' ']).starts_with(start))
        || SECRET_PARAMETERS.iter().any(|parameter| lower.contains(parameter))
        || (value.contains("-----BEGIN") && value.contains("PRIVATE KEY"))
        || value.match_indices("://").any(|(at, mark)| has_credentials(&value[at + mark.len()..]))
}

/// Whether the authority of a URL has a password, or a user that is long enough for a token.
fn has_credentials(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#', ',', ' ']).next().unwrap_or_default();
    // A password may hold an unescaped `/`: then the `@` stands further on.
    let user = match authority.rsplit_once('@') {
        Some((user, _)) => user,
        None => match rest.split_once('@') {
            Some((user, _)) if user.contains(':') && !user.contains(' ') => user,
            _ => return false,
        },
    };
    match user.split_once(':') {
        Some((_, password)) => !password.is_empty(),
        None => user.len() >= 16,
    }
}

/// Long and without pattern.
fn is_random(value: &str) -> bool {
    if is_uuid(value) {
        return true;
    }
    let classes = |text: &str| {
        let has = |test: fn(&u8) -> bool| usize::from(text.bytes().any(|byte| test(&byte)));
        (has(u8::is_ascii_digit), has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase))
    };
    let whole = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte));
    if whole && value.len() >= 32 && !value.starts_with('/') && classes(value) == (1, 1, 1) && entropy(value) >= 4.0 {
        return true;
    }
    value.split(|character: char| !character.is_ascii_alphanumeric()).any(|part| {
        let (digit, lower, upper) = classes(part);
        (part.len() >= 20 && digit == 1 && lower + upper > 0 && entropy(part) >= 3.0)
            || (part.len() >= 24 && lower + upper == 2 && entropy(part) >= 3.8)
    })
}

fn is_uuid(value: &str) -> bool {
    let lengths: Vec<usize> = value.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Shannon entropy in bits a byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    let share = |count: &u32| f64::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::{looks_secret, name_can_be_shown};

    #[test]
    fn secrets_are_seen() {
        for (key, value) in [
            ("DB_PASSWORD", "x"),
            ("dbPassword", "hunter2"),
            ("SMTP_PASS", "x"),
            ("SECRET_KEY_BASE", "abc"),
            ("OTP_SECRET", "abc"),
            ("OTP", "123456"),
            ("VAPID_PRIVATE_KEY", "abc"),
            ("AWS_SECRET_ACCESS_KEY", "abc"),
            ("ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT", "abc"),
            ("ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY", "abc"),
            ("GITHUB_TOKEN", "abc"),
            ("SENTRY_DSN", "https://x@example.org/1"),
            ("DATABASE_URL", "postgres://app:hunter2@db/prod"),
            ("REDIS_URL", "redis://:hunter2@cache:6379/0"),
            ("REDIS_URL", "redis://:hun/ter2@cache:6379/0"),
            ("BROKERS", "amqp://a/x,amqp://b:c@d/y"),
            ("CONN", "host=db user=app password=hunter2"),
            ("X", "-----BEGIN EC PRIVATE KEY-----\nabc"),
            ("X", "ghp_abcdefghijkl"),
            ("X", "9f86d081884c7d659a2feaa0c55ad015"),
            ("X", "Zm9vYmFyYmF6cXV4-1A_b2c3d4e5f6g7h8i9j0"),
            ("X", "123e4567-e89b-12d3-a456-426614174000"),
            ("AWS_ACCESS_KEY_ID", "9f86d081884c7d659a2feaa0c55ad015"),
        ] {
            assert!(looks_secret(key, value), "{key}={value}");
        }
    }

    #[test]
    fn plain_values_are_shown() {
        for (key, value) in [
            ("S3_KEY_PREFIX", "media/"),
            ("S3_BUCKET", "media-production-eu-central-1"),
            ("S3_ENABLED", "FALSE"),
            ("LOCAL_DOMAIN", "social.example.org"),
            ("DB_HOST", "ec2-12-34-56-78.eu-central-1.compute.amazonaws.com"),
            ("DB_POOL", "25"),
            ("TOKEN_TTL", "3600"),
            ("PASSWORD_FILE", "/run/secrets/db"),
            ("TOKENIZERS_PARALLELISM", "false"),
            ("KEYCLOAK_REALM", "main"),
            ("PWD", "/srv/app"),
            ("DB_PASSWORD", ""),
            ("VAPID_PUBLIC_KEY", "BFJ2Zm9vYmFyYmF6cXV4-1A_b2c3d4e5f6g7h8i9j0"),
            ("DATABASE_URL", "postgres://app@db/prod"),
            ("RAILS_ENV", "production"),
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"),
        ] {
            assert!(!looks_secret(key, value), "{key}={value}");
        }
    }

    #[test]
    fn names_that_may_be_secrets_are_not_shown() {
        for name in ["S3_BUCKET", "3_BUCKET", "A-B", "ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY", "OAUTH2_CLIENT_1"] {
            assert!(name_can_be_shown(name), "{name}");
        }
        for name in ["", "a b", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", "q3/5+Zk", "ghp_abcdefghijkl"] {
            assert!(!name_can_be_shown(name), "{name}");
        }
    }
}
