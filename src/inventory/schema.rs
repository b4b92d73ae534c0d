//! The JSON Schema of the inventory, made from the types.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::types::Document;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    without_null(&mut schema);
    schema
});

/// The JSON Schema (draft 2020-12) of the inventory's files, taken together.
pub fn schema() -> Value {
    SCHEMA.clone()
}

pub(super) fn shared() -> &'static Value {
    &SCHEMA
}

/// TOML has no null: what may be absent is just not required.
pub(crate) fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.retain(|key, value| !(key == "default" && value.is_null()));
            for key in ["anyOf", "oneOf"] {
                if let Some(Value::Array(alternatives)) = object.get_mut(key) {
                    alternatives.retain(|alternative| alternative.get("type") != Some(&Value::from("null")));
                    if let [only] = alternatives.as_mut_slice() {
                        let only = only.take();
                        object.remove(key);
                        if let Value::Object(only) = only {
                            for (key, value) in only {
                                object.entry(key).or_insert(value);
                            }
                        }
                    }
                }
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_mut_slice() {
                    let only = only.take();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(values) => values.iter_mut().for_each(without_null),
        _ => {}
    }
}
