//! Which directories were looked in when a plan was made, and whether whoever looks again looks in the same ones: a name may
//! lead to another one by now, as a link was made anew, a directory took the place of another, or something else is mounted, or
//! nothing. Then nobody is there to say what names what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::mounts::{Mounts, really, top};
use crate::domain::location::Location;
use crate::domain::looking::{Directory, Looking, Place};
use crate::domain::text::{scrub, shell_quote};
use crate::store::identity::identity;
use crate::store::local::path_of;

/// File systems whose id is their own (statfs(2)); that of others is made of the device that they lie on, which may go by
/// another number next time.
const OWN_ID: [&str; 7] = ["ext2", "ext3", "ext4", "tmpfs", "btrfs", "zfs", "bcachefs"];

/// What is to be held against whoever looks again: of the directories that it is looked in by name, of what is mounted below
/// them, of the `homes` of snapshots, and of what was `met` below, each that was reached over a link and the first on any other
/// file system.
pub fn noted<'l>(
    looked: &[Location],
    homes: impl IntoIterator<Item = &'l Location>,
    met: impl IntoIterator<Item = &'l Location>,
) -> BTreeMap<String, Place> {
    let mut notes = Notes {
        mounts: Mounts::now(),
        found: BTreeMap::new(),
    };
    let mut devices = Vec::new();
    let device = |path: &Path| fs::metadata(path).ok().map(|it| it.dev());
    for path in looked.iter().filter_map(|it| path_of(it).ok()) {
        devices.extend(device(path));
        notes.with_mounts_below(path);
    }
    for path in homes.into_iter().filter_map(|it| path_of(it).ok()) {
        notes.note(path);
    }
    for path in met.into_iter().filter_map(|it| path_of(it).ok()) {
        if path.is_symlink() {
            notes.with_mounts_below(path);
        }
        if let Some(device) = device(path).filter(|it| !devices.contains(it)) {
            devices.push(device);
            notes.note(&top(&really(path)));
        }
    }
    notes.found
}

struct Notes {
    mounts: Mounts,
    found: BTreeMap<String, Place>,
}

impl Notes {
    fn note(&mut self, at: &Path) {
        // What is no text cannot be written down, and is met as what it is when it is looked in.
        if let Some(text) = at.to_str().filter(|it| !self.found.contains_key(*it)) {
            let place = place(at, &self.mounts);
            self.found.insert(text.to_owned(), place);
        }
    }

    fn with_mounts_below(&mut self, at: &Path) {
        self.note(at);
        let below: Vec<PathBuf> = self.mounts.below(at).cloned().collect();
        for at in below {
            self.note(&at);
        }
    }
}

/// What a place is now.
fn place(at: &Path, mounts: &Mounts) -> Place {
    let real = really(at);
    let has_own_id = mounts.kind(&real).is_some_and(|it| OWN_ID.contains(&it));
    let was = identity(at).ok().map(|it| Directory {
        real: real.to_string_lossy().into_owned(),
        inode: it.inode,
        born: it.born,
        filesystem: it.filesystem.filter(|_| has_own_id),
    });
    Place {
        on: mounts.around(at),
        was,
    }
}

/// A place at which it is looked in another directory now than when the plan was made, or in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which one, as text.
    pub at: String,
    /// What has changed, without a full stop.
    pub what: String,
    /// What would mend it; none where somebody has to be able to look there first.
    cure: Option<&'static str>,
    /// Whether something else is there now.
    pub is_another: bool,
}

impl Changed {
    /// That something seems not to be mounted.
    pub(super) fn unmounted(at: String, what: String) -> Self {
        Self {
            at,
            what,
            cure: Some(MOUNT),
            is_another: false,
        }
    }

    /// The same as [`Self::with_cure`] of what nothing was done with yet.
    pub fn with_new_plan(&self) -> String {
        let what = &self.what;
        self.cure.map_or_else(
            || what.clone(),
            |cure| {
                format!("{what}; {cure}, or where what was there is gone for good, make a new plan")
            },
        )
    }

    /// Whether it is believed that what was there is gone for good: what cannot be looked at is not gone.
    pub fn may_be_gone(&self) -> bool {
        self.cure.is_some()
    }

    /// What has changed, and what can be done about it, without a full stop.
    pub fn with_cure(&self) -> String {
        let (what, at) = (&self.what, format!("file:{}", scrub(&self.at)));
        let at = shell_quote(&at);
        match self.cure {
            None => what.clone(),
            Some(cure) => format!(
                "{what}; {cure}, or where what was there is gone for good, say so with `--gone {at}` of `trash purge` and \
                 `resume`"
            ),
        }
    }
}

const MOUNT: &str = "mount it again";
const UNMOUNT: &str = "unmount it";
const PUT_BACK: &str = "put it back as it was";

/// All places that are not what they were: snapshots lay where something is mounted now, a name leads to another directory,
/// or another file system, or something that the system is told to mount is not mounted. Of a directory of snapshots that is
/// not there any more nothing is said: Flink removes such.
pub fn changed(looking: &Looking) -> Vec<Changed> {
    let Some(places) = &looking.places else {
        return Vec::new();
    };
    let mounts = after_a_look(places);
    let mut found = Vec::new();
    let mut hidden = BTreeSet::new();
    for text in looking.homes.iter().flatten() {
        if let Some((at, change)) = hiding(text, places, &mounts) {
            hidden.insert(at);
            found.push(change);
        }
    }
    let others = places.iter().filter(|(at, _)| !hidden.contains(*at));
    found.extend(others.filter_map(|(at, then)| change(at, then, &mounts)));
    let wanting = mounts.wanting(places.keys().map(Path::new));
    found.extend(wanting.map(|at| {
        let at = at.to_string_lossy().into_owned();
        Changed {
            what: format!(
                "by /etc/fstab something is mounted at {}, and is not",
                scrub(&at)
            ),
            at,
            cure: Some(MOUNT),
            is_another: false,
        }
    }));
    found
}

/// Those places that are known to be the very directories that they were.
pub fn unchanged(places: &BTreeMap<String, Place>) -> BTreeSet<&str> {
    let mounts = Mounts::now();
    let is_same = |at: &str, then: &Place| then.is_same(&place(Path::new(at), &mounts));
    let same = places
        .iter()
        .filter(|(at, then)| is_same(at, then) == Some(true));
    same.map(|(at, _)| at.as_str()).collect()
}

/// The mounts that there are once somebody has looked in all these directories: some are mounted on demand.
fn after_a_look(places: &BTreeMap<String, Place>) -> Mounts {
    for at in places.keys() {
        let _ = fs::read_dir(at).map(|mut entries| entries.next());
    }
    Mounts::now()
}

/// What is mounted over a directory of snapshots and was not then.
fn hiding(
    home: &str,
    places: &BTreeMap<String, Place>,
    mounts: &Mounts,
) -> Option<(String, Changed)> {
    let home = Location::parse(home.as_bytes());
    let path = path_of(&home).ok()?;
    let text = path.to_str()?;
    let over = mounts.point(&really(path))?.to_path_buf();
    let at = over.to_str()?.to_owned();
    let was_mounted = |it: &Place| it.on.ends_with(&format!(" at {}", scrub(&at)));
    let is_below = |it: &String| over.starts_with(really(Path::new(it)));
    let is_new = !places.get(&at).is_some_and(was_mounted);
    let is_other = || {
        let then = places.get(text);
        then.is_none_or(|then| {
            then.on != mounts.around(path) && change(text, then, mounts).is_some()
        })
    };
    (is_new && is_other() && places.keys().any(|it| *it != at && is_below(it))).then(|| {
        let what = format!(
            "{} is mounted over {}, where snapshots lay when the plan was made",
            scrub(&mounts.around(&over)),
            home.shown()
        );
        let change = Changed {
            at,
            what,
            cure: Some(UNMOUNT),
            is_another: false,
        };
        (text.to_owned(), change)
    })
}

/// How a place is not what it was.
fn change(text: &str, then: &Place, mounts: &Mounts) -> Option<Changed> {
    let at = Path::new(text);
    let shown = scrub(text);
    let changed = |what: String, cure, is_another| Changed {
        at: text.to_owned(),
        what,
        cure,
        is_another,
    };
    let lies = |on: &str, is_another| {
        let (was, is) = (scrub(&then.on), scrub(on));
        let what = format!("{shown} lay on {was} when the plan was made, and lies on {is} now");
        changed(what, Some(MOUNT), is_another)
    };
    let absent = |error: ErrorKind| matches!(error, ErrorKind::NotFound | ErrorKind::NotADirectory);
    if let Err(error) = fs::metadata(at).map_err(|it| (it.kind(), it.to_string())) {
        if !absent(error.0) {
            let what = format!("cannot look at {shown}: {}", error.1);
            return Some(changed(what, None, false));
        }
        let (on, real) = (mounts.around(at), really(at));
        let led = then
            .was
            .as_ref()
            .filter(|it| it.real != real.to_string_lossy());
        return match led {
            _ if on != then.on => Some(lies(&on, false)),
            None => None,
            Some(was) => {
                let was = scrub(&was.real);
                let what =
                    format!("{shown} led to {was} when the plan was made, and is not there now");
                Some(changed(what, Some(PUT_BACK), false))
            }
        };
    }
    let now = place(at, mounts);
    match then.is_same(&now) {
        Some(true) => None,
        None => (then.on != now.on).then(|| lies(&now.on, true)),
        Some(false) => {
            let real = |it: &Place| {
                it.was
                    .as_ref()
                    .map(|it| it.real.clone())
                    .unwrap_or_default()
            };
            let (was, is) = (real(then), real(&now));
            if was != is {
                let (was, is) = (scrub(&was), scrub(&is));
                let what =
                    format!("{shown} led to {was} when the plan was made, and leads to {is} now");
                return Some(changed(what, Some(PUT_BACK), true));
            }
            if then.on != now.on {
                return Some(lies(&now.on, true));
            }
            let is_empty = fs::read_dir(at).is_ok_and(|mut it| it.next().is_none());
            let empty = if is_empty { ", and is empty" } else { "" };
            let what = format!("{shown} is another directory than when the plan was made{empty}");
            Some(changed(what, Some(PUT_BACK), true))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::store::local::location_of;

    #[test]
    fn a_place_is_the_directory_that_it_was() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        for name in ["one", "two", "root/home", "root/below"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        symlink(at("one"), at("root/link")).unwrap();
        let located = |name: &str| location_of(&at(name)).unwrap();
        let met = [located("root/link"), located("root/below")];
        let places = noted(&[located("root")], &[located("root/home")], &met);
        let names =
            ["root", "root/home", "root/link"].map(|it| at(it).to_str().unwrap().to_owned());
        assert!(names.iter().all(|it| places.contains_key(it)), "{places:?}");
        assert!(!places.contains_key(at("root/below").to_str().unwrap()));
        let looking = Looking {
            places: Some(places),
            ..Looking::default()
        };
        let all = || -> Vec<String> {
            let all = changed(&looking).into_iter();
            all.map(|it| it.what.replace(temp.path().to_str().unwrap(), ""))
                .collect()
        };
        assert_eq!(all(), [""; 0]);
        // Flink may remove it.
        fs::remove_dir(at("root/home")).unwrap();
        assert_eq!(all(), [""; 0]);
        fs::create_dir(at("spare")).unwrap();
        fs::create_dir(at("root/home")).unwrap();
        let another = "is another directory than when the plan was made";
        assert_eq!(all(), [format!("/root/home {another}, and is empty")]);
        fs::write(at("root/home/x"), "").unwrap();
        fs::remove_file(at("root/link")).unwrap();
        let led = "/root/link led to /one when the plan was made, and";
        assert_eq!(
            all(),
            [
                format!("/root/home {another}"),
                format!("{led} is not there now")
            ]
        );
        symlink(at("two"), at("root/link")).unwrap();
        assert_eq!(all()[1], format!("{led} leads to /two now"));
        fs::rename(at("one"), at("three")).unwrap();
        fs::remove_file(at("root/link")).unwrap();
        symlink(at("three"), at("root/link")).unwrap();
        assert_eq!(all(), [format!("/root/home {another}")]);
        let same = unchanged(looking.places.as_ref().unwrap());
        assert_eq!(same, BTreeSet::from([&*names[0], &*names[2]]));
    }
}
