//! Which shape a document for programs has.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// The version of a document's shape, written as its number. It grows when a field changes its meaning or goes, not when
/// one is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchemaVersion<const NUMBER: u32>;

impl<const NUMBER: u32> Serialize for SchemaVersion<NUMBER> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(NUMBER)
    }
}

impl<const NUMBER: u32> JsonSchema for SchemaVersion<NUMBER> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SchemaVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The version of this shape. It grows when a field changes its meaning or goes.",
            "type": "integer",
            "const": NUMBER,
        })
    }
}
