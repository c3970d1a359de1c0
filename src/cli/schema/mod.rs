//! `envlock schema`: the JSON schemas (draft 2020-12) of what envlock prints for programs, and of its configuration.
//!
//! Those of documents are made from the types that are printed, that of the configuration from the options of `convert`.

mod config;

use miette::{IntoDiagnostic as _, WrapErr as _};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use super::{
    SchemaArgs, SchemaName,
    check::CheckDocument,
    convert::FleetDocument,
    diff::DiffDocument,
    explain::Explanation,
    graph::GraphDocument,
    install::InstallDocument,
    render::RenderDocument,
    screen,
    ui::{ErrorDocument, Ui},
    version::VersionDocument,
};
use crate::{
    report::Report,
    workflow::update::{MovedImages, Moves},
};

/// The form of every schema here.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Prints a schema.
///
/// # Errors
///
/// Where it can't be printed.
pub fn schema(args: SchemaArgs, ui: &Ui) -> miette::Result<()> {
    let text = screen::json(&of(args.name))?;
    ui.answer(&text).into_diagnostic().wrap_err("the schema can't be printed")
}

/// Makes the schema of a type, and keeps those of its parts.
type Form = fn(&mut SchemaGenerator) -> Schema;

fn of(name: SchemaName) -> Value {
    const FAILED: Form = SchemaGenerator::subschema_for::<ErrorDocument>;
    let (command, forms): (&str, &[Form]) = match name {
        SchemaName::Config => return config::schema(),
        SchemaName::Check => ("check", &[SchemaGenerator::subschema_for::<CheckDocument>, FAILED]),
        // Of one environment, or of several.
        SchemaName::Convert => (
            "convert",
            &[SchemaGenerator::subschema_for::<Report>, SchemaGenerator::subschema_for::<FleetDocument>, FAILED],
        ),
        SchemaName::Diff => ("diff", &[SchemaGenerator::subschema_for::<DiffDocument>, FAILED]),
        SchemaName::Explain => ("explain", &[SchemaGenerator::subschema_for::<Explanation>, FAILED]),
        SchemaName::Graph => ("graph", &[SchemaGenerator::subschema_for::<GraphDocument>, FAILED]),
        SchemaName::Install => ("install", &[SchemaGenerator::subschema_for::<InstallDocument>, FAILED]),
        SchemaName::Render => ("render", &[SchemaGenerator::subschema_for::<RenderDocument>, FAILED]),
        // Of packages, or of images with `--base-image`.
        SchemaName::Update => (
            "update",
            &[SchemaGenerator::subschema_for::<Moves>, SchemaGenerator::subschema_for::<MovedImages>, FAILED],
        ),
        SchemaName::Version => ("--version", &[SchemaGenerator::subschema_for::<VersionDocument>]),
    };
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let forms: Vec<Schema> = forms.iter().map(|form| form(&mut generator)).collect();
    json!({
        "$schema": DRAFT,
        "title": format!("envlock {command} --json"),
        "anyOf": forms,
        "$defs": generator.take_definitions(true),
    })
}
