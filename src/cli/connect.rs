//! From flags to the right to change something.

use crate::action::permission::Permission;

use super::args::Connect;
use super::report::Report;

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
