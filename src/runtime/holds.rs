//! Holds: set and released for the screen.

use crate::action::hold;
use crate::action::permission::Permission;
use crate::domain::clock::Clock;
use crate::domain::hold::Hold;
use crate::inventory::ours;

/// Sets a hold, and says what came of it.
pub(super) fn set(permission: Permission, clock: &dyn Clock, hold: Hold) -> Result<String, String> {
    let hold = Hold {
        by: ours::whoever(),
        at: clock.now(),
        ..hold
    };
    let placed = hold::set(permission, &hold).map_err(|error| error.to_string())?;
    let aside = match &placed.aside {
        Some(why) => format!(", where only you see it, as this failed: {why}"),
        None => String::new(),
    };
    let older: Vec<String> = placed
        .standing
        .iter()
        .map(|why| format!("; an older hold may still stand: {why}"))
        .collect();
    Ok(format!(
        "{} is held by `{}`{aside}{}",
        name_of(&hold),
        hold.name,
        older.concat()
    ))
}

/// Releases a hold, and says what came of it.
pub(super) fn release(permission: Permission, held: &Hold) -> Result<String, String> {
    let released = hold::release(permission, &held.snapshot, &held.name);
    let (name, by) = (name_of(held), &held.name);
    match (released.holds.is_empty(), released.standing.first()) {
        (true, Some(why)) => Err(why.clone()),
        (true, None) => Err(format!("{name} is not held by `{by}` any more")),
        (false, Some(why)) => Ok(format!(
            "`{by}` no longer holds {name}; another hold may still stand: {why}"
        )),
        (false, None) => Ok(format!("`{by}` no longer holds {name}")),
    }
}

fn name_of(hold: &Hold) -> String {
    String::from_utf8_lossy(hold.snapshot.name()).into_owned()
}
