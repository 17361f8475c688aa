//! A plan in a file, to be carried out later.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::Serialize;

use crate::domain::plan::{Plan, SCHEMA};
use crate::domain::text::scrub;
use crate::store::atomic;

/// No plan is longer: one of a million files has half of this.
const MOST_BYTES: u64 = 1 << 30;

/// A plan with its totals, for whoever reads it as JSON.
#[derive(Debug, Serialize)]
pub struct Document<'p> {
    #[serde(flatten)]
    plan: &'p Plan,
    /// Bytes that are free once it is carried out and purged.
    freed_bytes: u64,
    /// Whether it may be less: files that go have other hard links, which keep their bytes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    freed_is_bound: bool,
    /// How many files go.
    going_files: usize,
}

impl<'p> From<&'p Plan> for Document<'p> {
    fn from(plan: &'p Plan) -> Self {
        Self {
            plan,
            freed_bytes: plan.freed(),
            freed_is_bound: plan.freed_is_bound(),
            going_files: plan.going().count(),
        }
    }
}

/// Writes a plan to a file that is not there yet. It is what the user asked to see, and needs no permission.
///
/// # Errors
/// In words, when it is there, or cannot be written.
pub fn save(plan: &Plan, path: &Path) -> Result<(), String> {
    let shown = scrub(&path.to_string_lossy()).into_owned();
    let failed = |why: String| format!("cannot write the plan to {shown}: {why}");
    let mut bytes =
        serde_json::to_vec_pretty(&Document::from(plan)).map_err(|why| failed(why.to_string()))?;
    bytes.push(b'\n');
    atomic::write_new(path, &bytes).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => failed(format!(
            "{why}; give it another name, or remove that file first"
        )),
        _ => failed(why.to_string()),
    })
}

/// Reads a plan.
///
/// # Errors
/// In words, when it cannot be read, or is no plan that this release knows.
pub fn read(path: &Path) -> Result<Plan, String> {
    let shown = scrub(&path.to_string_lossy()).into_owned();
    let wrong = |why: String| format!("{shown} is no plan: {}", scrub(&why));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|why| wrong(why.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong(format!("it is longer than {MOST_BYTES} bytes")));
    }
    let plan: Plan = serde_json::from_slice(&bytes).map_err(|why| wrong(why.to_string()))?;
    if plan.schema != SCHEMA {
        return Err(wrong(format!(
            "its schema is {}, not {SCHEMA}",
            plan.schema
        )));
    }
    Ok(plan)
}
