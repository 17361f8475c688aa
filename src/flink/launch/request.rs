//! What a recipe is asked to start, and how.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::names::names;
use super::{ClaimMode, Series};

/// Where images of Flink keep programs.
const IN_IMAGE: &str = "local:///opt/flink/usrlib/";
/// The name of a jar that nobody named.
const ANY_JAR: &str = "job.jar";
/// The characters of a UUID.
const UUID: usize = 36;

/// The program to start. What it leaves out is the reader's to fill in, or not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecipeProgram<'a> {
    /// Its jar: a path, a URI, or the id of one that a cluster holds. None leaves a placeholder.
    pub jar: Option<&'a str>,
    /// The class with `main`, where the jar's manifest does not say it.
    pub entry_class: Option<&'a str>,
    /// Arguments of `main`.
    pub arguments: &'a [String],
}

/// What is to be started, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecipeRequest<'a> {
    /// Where the snapshot lies, as Flink will see it.
    pub path: &'a str,
    /// The names to use.
    pub series: Series,
    /// The very release that is to read it, where one was said.
    pub release: Option<(u32, u32)>,
    /// Whose the snapshot is then; left out where the series knows no modes.
    pub claim_mode: ClaimMode,
    /// Whether state that belongs to no operator may be dropped.
    pub allow_non_restored: bool,
    /// The parallelism of the job; none leaves it to the job and the configuration.
    pub parallelism: Option<NonZeroU32>,
    /// The program.
    pub program: RecipeProgram<'a>,
    /// The URL of the REST API, without a slash at its end; none leaves a placeholder.
    pub address: Option<&'a str>,
    /// The operator's resource; none leaves a placeholder, `NAME`.
    pub deployment: Option<&'a str>,
    /// A number that the operator has not seen on that resource, so that it starts anew from the path.
    pub nonce: u64,
}

impl<'a> RecipeRequest<'a> {
    /// Keeps to what is asked of every start: a path, names and a claim mode.
    pub fn new(path: &'a str, series: Series, claim_mode: ClaimMode) -> Self {
        Self {
            path,
            series,
            release: None,
            claim_mode,
            allow_non_restored: false,
            parallelism: None,
            program: RecipeProgram::default(),
            address: None,
            deployment: None,
            nonce: 1,
        }
    }

    /// The same with the time when the snapshot was completed for a nonce, in seconds: it changes with the snapshot, and not
    /// while somebody reads it.
    #[must_use]
    pub fn completed(self, at: Option<Timestamp>) -> Self {
        let nonce = at.and_then(|at| u64::try_from(at.as_second()).ok());
        Self {
            nonce: nonce.unwrap_or(self.nonce),
            ..self
        }
    }

    /// Flink's options for all of it, but the path and the program: key and value.
    pub(super) fn options(&self) -> Vec<(&'static str, String)> {
        let names = names(self.series);
        let mode = names.mode.map(|key| (key, self.claim_mode.to_string()));
        let ignore = self
            .allow_non_restored
            .then(|| (names.ignore, "true".to_owned()));
        let parallelism = self
            .parallelism
            .map(|parallelism| ("parallelism.default", parallelism.to_string()));
        [mode, ignore, parallelism].into_iter().flatten().collect()
    }
}

impl RecipeProgram<'_> {
    /// The jar for a launcher that reads it where it runs.
    pub(super) fn file(&self) -> &str {
        let jar = self.jar.unwrap_or(ANY_JAR);
        uploaded_name(jar).unwrap_or(jar)
    }

    /// The jar for a launcher that reads it in the image: what is no URI is taken to lie where images keep programs.
    pub(super) fn in_image(&self) -> String {
        match self.jar {
            Some(jar) if is_uri(jar) => jar.to_owned(),
            _ => {
                let file = self.file();
                let name = file.rsplit('/').next().unwrap_or(file);
                format!("{IN_IMAGE}{}", percent_encoded(name))
            }
        }
    }

    /// What to know of where the image's jar was guessed to be.
    pub(super) fn guess(&self) -> Option<String> {
        self.jar.filter(|jar| !is_uri(jar)).map(|_| {
            format!(
                "The jar is taken to be {} of the image; name it by a URI where it is another.",
                self.in_image()
            )
        })
    }

    /// The jar for the REST API.
    pub(super) fn on_cluster(&self) -> OnCluster<'_> {
        match self.jar {
            Some(jar) if uploaded_name(jar).is_some() => OnCluster::Held(percent_encoded(jar)),
            Some(jar) if !is_uri(jar) => OnCluster::ToUpload(jar),
            // Nothing outside the cluster can send it there.
            _ => OnCluster::Unknown,
        }
    }
}

/// A jar as the REST API knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OnCluster<'a> {
    /// The cluster holds it under this id, which is written as it is in a URL.
    Held(String),
    /// This file has to be sent there first.
    ToUpload(&'a str),
    /// Only the reader knows its id.
    Unknown,
}

/// The name of the file that was uploaded under an id, which is a UUID and that name (`JarUploadHandler`); none when the
/// text is no such id.
fn uploaded_name(text: &str) -> Option<&str> {
    let (id, name) = (text.get(..UUID)?, text.get(UUID..)?.strip_prefix('_')?);
    let is_id = id.parse::<uuid::Uuid>().is_ok();
    (is_id && !name.is_empty() && !name.contains('/')).then_some(name)
}

fn is_uri(text: &str) -> bool {
    // One letter before the colon is a drive.
    text.find(":/").is_some_and(|at| {
        at > 1
            && text
                .bytes()
                .take(at)
                .all(|b| b.is_ascii_alphanumeric() || b == b'+')
    })
}

/// One segment of a URL's path.
pub(super) fn percent_encoded(segment: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encoded = segment.bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b4f2a3c-5d6e-4f70-8a9b-0c1d2e3f4a5b_my job.jar";

    fn program(jar: &str) -> RecipeProgram<'_> {
        RecipeProgram {
            jar: Some(jar),
            ..RecipeProgram::default()
        }
    }

    #[test]
    fn a_jar_goes_by_the_name_that_its_launcher_knows() {
        let usrlib = |name: &str| format!("local:///opt/flink/usrlib/{name}");
        for (jar, file, in_image, on_cluster) in [
            (
                "target/my job.jar",
                "target/my job.jar",
                usrlib("my%20job.jar"),
                OnCluster::ToUpload("target/my job.jar"),
            ),
            (
                ID,
                "my job.jar",
                usrlib("my%20job.jar"),
                OnCluster::Held(ID.replace(' ', "%20")),
            ),
            (
                "s3://jars/job.jar",
                "s3://jars/job.jar",
                "s3://jars/job.jar".to_owned(),
                OnCluster::Unknown,
            ),
            (
                "c:/job.jar",
                "c:/job.jar",
                usrlib("job.jar"),
                OnCluster::ToUpload("c:/job.jar"),
            ),
        ] {
            let program = program(jar);
            assert_eq!(program.file(), file);
            assert_eq!(program.in_image(), in_image);
            assert_eq!(program.on_cluster(), on_cluster);
            assert_eq!(program.guess().is_some(), in_image != jar);
        }
        let none = RecipeProgram::default();
        assert_eq!(none.file(), "job.jar");
        assert_eq!(none.in_image(), usrlib("job.jar"));
        assert_eq!(
            (none.on_cluster(), none.guess()),
            (OnCluster::Unknown, None)
        );
    }

    #[test]
    fn only_a_uuid_before_the_name_makes_an_id() {
        assert_eq!(uploaded_name(ID), Some("my job.jar"));
        for no_id in [
            "0b4f2a3c-5d6e-4f70-8a9b-0c1d2e3f4a5b",
            "0b4f2a3c-5d6e-4f70-8a9b-0c1d2e3f4a5b_",
            "xb4f2a3c-5d6e-4f70-8a9b-0c1d2e3f4a5b_a.jar",
            "job.jar",
            "ééééééééééééééééééééé_a.jar",
        ] {
            assert_eq!(uploaded_name(no_id), None, "{no_id}");
        }
    }
}
