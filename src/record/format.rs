//! The version of the records, which `plan.json` and each `run.json` begin with. `docs/stability.md`
//! says what it promises.

use crate::error::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The format that this program writes; it reads all from 1 on.
pub const FORMAT: u64 = 1;

/// A value with the version of its format.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    format: u64,
    #[serde(flatten)]
    content: T,
}

/// The bytes of a JSON file of this format.
///
/// # Errors
/// If the value cannot be written as JSON.
pub fn to_json<T: Serialize>(content: &T) -> Result<Vec<u8>> {
    super::disk::json(&Versioned { format: FORMAT, content })
}

/// The value in the bytes of a JSON file, whose name begins its errors.
///
/// # Errors
/// If they are damaged, or of a format that this program does not know; what to do then.
pub fn from_json<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T> {
    let damaged = || format!("{name} is damaged");
    let value: Value = serde_json::from_slice(bytes).with_context(damaged)?;
    match value.get("format").map(Value::as_u64) {
        Some(Some(1..=FORMAT)) => {}
        Some(Some(newer)) => bail!(
            "{name} is of format {newer}, and this program knows formats up to {FORMAT}: use the \
             program that wrote it, or a newer one"
        ),
        _ => bail!(
            "{name} is older than format 1, the first that is kept readable: read it with the \
             program that wrote it, or train the sweep again in another folder"
        ),
    }
    serde_json::from_value(value).with_context(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_formats_are_refused_with_what_to_do() {
        let bytes = to_json(&serde_json::json!({"seed": 3})).unwrap();
        assert!(bytes.starts_with(b"{\n  \"format\": 1,\n"));
        let read: Value = from_json("run.json", &bytes).unwrap();
        assert_eq!(read["seed"], 3);
        let refused = |text: &str| {
            format!("{:#}", from_json::<Value>("run.json", text.as_bytes()).unwrap_err())
        };
        insta::assert_snapshot!(
            [refused("{\"format\": 2}"), refused("{\"seed\": 3}"), refused("{")].join("\n"),
            @"
        run.json is of format 2, and this program knows formats up to 1: use the program that wrote it, or a newer one
        run.json is older than format 1, the first that is kept readable: read it with the program that wrote it, or train the sweep again in another folder
        run.json is damaged: EOF while parsing an object at line 1 column 1
        "
        );
    }
}
