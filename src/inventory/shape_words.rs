//! What a JSON Schema wants, in the words of TOML.

use serde_json::Value;
use toml::de::DeValue;

pub(super) fn right_type(value: &DeValue<'_>, schema: &Value) -> bool {
    let found = match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
        DeValue::Datetime(_) => "datetime",
    };
    // An integer is a number, too (JSON Schema, validation, 6.1.1).
    let fits = |name: &str| name == found || (name == "number" && found == "integer");
    match schema.get("type") {
        Some(Value::String(name)) => fits(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(fits),
        _ => true,
    }
}

pub(super) fn properties(schema: &Value) -> Vec<&str> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .map(|known| known.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

pub(super) fn choices(schema: &Value) -> Vec<&str> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(Value::String(only)), _) => vec![only],
        (_, Some(Value::Array(values))) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn wanted(schema: &Value) -> String {
    let words: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![word(name)],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(word).collect(),
        _ => vec!["something else"],
    };
    list(&words, "or")
}

pub(super) fn expected_label(wanted: &str) -> String {
    if wanted.len() > 40 { "wrong type".to_owned() } else { format!("expected {wanted}") }
}

pub(super) fn word(name: &str) -> &'static str {
    match name {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "an array",
        _ => "a table",
    }
}

pub(super) fn article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

pub(super) fn list(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// How a number, boolean or date becomes the string that is wanted.
pub(super) fn quoted(value: &DeValue<'_>, schema: &Value) -> Option<String> {
    let text = match value {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        _ => return None,
    };
    (schema.get("type").and_then(Value::as_str) == Some("string")).then(|| format!("put it in quotes: \"{text}\""))
}
