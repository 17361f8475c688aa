//! From flags to clusters, and to the right to change something.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;

use crate::action::permission::Permission;
use crate::analysis::guard::Word;
use crate::domain::cluster::{Cluster, ClusterId, Contact};
use crate::domain::location::Location;
use crate::domain::text::{scrub, shell_quote};
use crate::flink::poll::Poller;
use crate::inventory::ours;
use crate::store::local::LocalStore;
use crate::store::{EntryKind, Store as _};

use super::args::Connect;
use super::report::Report;

/// The right to change something.
///
/// # Errors
/// When nothing gives it.
pub fn permission_of(write: bool) -> Result<Permission, Report> {
    Ok(Permission::given(write)?)
}

/// What the clusters say of their jobs. One that does not answer is silent, which is something to know, too.
pub fn clusters(flags: &Connect) -> Vec<Arc<Cluster>> {
    let connections = flags.clusters.iter().zip(0..);
    connections
        .map(|(connection, id)| {
            Arc::new(Poller::new(ClusterId(id), connection).poll(&Timestamp::now))
        })
        .collect()
}

/// The flags by which the clusters were named, to stand in a command that is suggested; each begins with a space.
pub fn named(flags: &Connect) -> String {
    let mut words = Vec::new();
    let mut add = |flag: &str, value: &str| {
        words.push(format!(" {flag} {}", shell_quote(&scrub(value))));
    };
    if let Some(context) = &flags.context {
        add("--context", context);
    }
    for url in &flags.flink {
        add("--flink", url);
    }
    let files = [
        ("--flink-ca", &flags.flink_ca),
        ("--flink-cert", &flags.flink_cert),
        ("--flink-key", &flags.flink_key),
        ("--flink-password-file", &flags.flink_password_file),
        ("--flink-token-file", &flags.flink_token_file),
    ];
    for (flag, file) in files {
        if let Some(file) = file {
            add(flag, &file.to_string_lossy());
        }
    }
    if let Some(user) = &flags.flink_user {
        add("--flink-user", user);
    }
    words.concat()
}

/// What may be typed of the clusters where they are silent.
pub fn words_of_silent(flags: &Connect) -> Vec<String> {
    let names = flags.clusters.iter();
    names
        .map(|connection| Word::of_silent(&scrub(&connection.name)))
        .collect()
}

/// The same, with a note where one does not answer.
///
/// # Errors
/// When nothing more can be said.
pub fn ask(flags: &Connect, err: &mut dyn Write) -> io::Result<Vec<Arc<Cluster>>> {
    let clusters = clusters(flags);
    for cluster in &clusters {
        if let Contact::Silent { reason, .. } = &cluster.contact {
            writeln!(
                err,
                "stateward: note: {reason}; what lies on disk decides alone"
            )?;
        }
    }
    Ok(clusters)
}

/// The directories that clusters are configured to write to, and those that their jobs wrote to, as far as they are there.
pub fn directories(clusters: &[Arc<Cluster>]) -> Vec<Location> {
    let settings = clusters.iter().filter_map(|it| it.settings.as_ref());
    let configured = settings
        .flat_map(|it| [&it.checkpoint_directory, &it.savepoint_directory])
        .flatten()
        .cloned();
    let jobs = clusters.iter().flat_map(|cluster| &cluster.jobs);
    let written = jobs
        .flat_map(|job| &job.checkpoints)
        .filter_map(|it| ours::home(it.path.as_ref()?));
    let mut found = Vec::new();
    for place in configured.chain(written) {
        let is_there = || {
            LocalStore
                .stat(&place)
                .is_ok_and(|stat| stat.kind == EntryKind::Directory)
        };
        let is_known = |known: &Location| known.canonical() == place.canonical();
        if !found.iter().any(is_known) && is_there() {
            found.push(place);
        }
    }
    found
}
