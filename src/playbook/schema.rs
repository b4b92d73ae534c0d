//! The JSON Schema of playbooks, made from the types.

use std::sync::LazyLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::OWN_TABLES;
use super::types::{StepsDocument, VariablesDocument};
use crate::inventory::{self, without_null};

static VARIABLES: LazyLock<Value> = LazyLock::new(of::<VariablesDocument>);
static STEPS: LazyLock<Value> = LazyLock::new(of::<StepsDocument>);

fn of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    without_null(&mut schema);
    schema
}

pub(super) fn variables() -> &'static Value {
    &VARIABLES
}

pub(super) fn steps() -> &'static Value {
    &STEPS
}

/// The JSON Schema (draft 2020-12) of a playbook's file. Where a number, a truth or a form of text is wanted, a variable
/// may stand.
pub fn schema() -> Value {
    let mut schema = STEPS.clone();
    for part in [&*VARIABLES, &inventory::schema()] {
        take_definitions(&mut schema, part);
    }
    let taken = [("vars", &VARIABLES)].into_iter().map(|(name, part)| (name, (**part).clone()));
    let inventory = inventory::schema();
    let own = OWN_TABLES.iter().map(|name| (*name, inventory.clone()));
    for (name, part) in taken.chain(own) {
        let Some(property) = part.pointer(&format!("/properties/{name}")) else { continue };
        if let Some(properties) = schema.pointer_mut("/properties").and_then(Value::as_object_mut) {
            properties.insert(name.to_owned(), property.clone());
        }
    }
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for (name, definition) in definitions.iter_mut() {
            if name.starts_with("Variable") {
                continue;
            }
            // The hosts of a declaration may be left to the step.
            if let Some(Value::Array(required)) = definition.get_mut("required") {
                required.retain(|key| key != "hosts");
            }
            or_variable(definition);
        }
        keep_used(&mut schema);
    }
    schema["title"] = Value::from("fleet playbook");
    schema
}

fn take_definitions(schema: &mut Value, part: &Value) {
    let Some(more) = part.get("$defs").and_then(Value::as_object) else { return };
    let Some(object) = schema.as_object_mut() else { return };
    let definitions = object.entry("$defs").or_insert_with(|| Value::Object(Map::new()));
    if let Some(definitions) = definitions.as_object_mut() {
        for (name, definition) in more {
            definitions.entry(name.clone()).or_insert_with(|| definition.clone());
        }
    }
}

/// A string with a variable in it.
const REFERENCE: &str = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}";

/// Lets a string that is a variable alone stand for whatever is wanted.
fn or_variable(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    let typed = match object.get("type").and_then(Value::as_str) {
        Some("integer" | "number" | "boolean") => true,
        Some("string") => object.contains_key("pattern") || object.contains_key("enum"),
        _ => false,
    };
    if typed {
        let mut inner = Value::Object(std::mem::take(object));
        let mut outer = Map::new();
        for key in ["description", "default"] {
            if let Some(value) = inner.as_object_mut().and_then(|inner| inner.remove(key)) {
                outer.insert(key.to_owned(), value);
            }
        }
        outer.insert("anyOf".to_owned(), json!([inner, { "type": "string", "pattern": REFERENCE }]));
        *object = outer;
        return;
    }
    if let Some(Value::Array(alternatives)) = object.get_mut("anyOf") {
        let plain = |one: &Value| {
            one.get("type") == Some(&Value::from("string")) && one.get("pattern").is_none() && one.get("enum").is_none()
        };
        if !alternatives.iter().any(plain) {
            alternatives.push(json!({ "type": "string", "pattern": REFERENCE }));
        }
        return;
    }
    for key in ["properties", "patternProperties"] {
        if let Some(Value::Object(properties)) = object.get_mut(key) {
            properties.values_mut().for_each(or_variable);
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            or_variable(inner);
        }
    }
}

/// Drops the definitions that nothing refers to.
fn keep_used(schema: &mut Value) {
    loop {
        let text = schema.to_string();
        let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) else { return };
        let before = definitions.len();
        definitions.retain(|name, _| text.contains(&format!("\"#/$defs/{name}\"")));
        if definitions.len() == before {
            return;
        }
    }
}
