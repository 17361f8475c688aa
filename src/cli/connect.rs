//! From flags to clusters that can be asked, and to the right to change something.

use crate::action::permission::Permission;
use crate::config::connection::Connection;

use super::args::Connect;
use super::report::{Report, ReportKind};

/// The clusters that the flags name.
///
/// # Errors
/// When a URL is none of a REST API.
pub fn connections(flags: &Connect) -> Result<Vec<Connection>, Report> {
    flags
        .flink
        .iter()
        .map(|url| {
            let plain = Connection::to(url)
                .map_err(|bad| Report::new(ReportKind::Usage, format!("--flink: {bad}")))?;
            Ok(flags.applied_to(plain))
        })
        .collect()
}

/// The right to change something.
///
/// # Errors
/// When nothing gives it.
pub fn permission(flags: &Connect) -> Result<Permission, Report> {
    permission_of(flags.write)
}

/// The same for commands that need no cluster.
///
/// # Errors
/// When nothing gives it.
pub fn permission_of(write: bool) -> Result<Permission, Report> {
    Ok(Permission::given(write)?)
}
