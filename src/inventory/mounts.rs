//! Which file systems directories lie on, and by which other names they go.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::store::local::path_of;

/// What the kernel says of all mounts in sight of this process (proc(5)).
const MOUNTINFO: &str = "/proc/self/mountinfo";
/// What is to be mounted where (fstab(5)).
const FSTAB: &str = "/etc/fstab";
/// File systems that hold nothing but what the kernel tells.
const KERNELS: [&str; 16] = [
    "proc",
    "sysfs",
    "cgroup",
    "cgroup2",
    "devpts",
    "mqueue",
    "debugfs",
    "tracefs",
    "securityfs",
    "pstore",
    "bpf",
    "configfs",
    "fusectl",
    "nsfs",
    "binfmt_misc",
    "efivarfs",
];
/// Where block devices go by an identity that survives a reboot.
const BY_UUID: &str = "/dev/disk/by-uuid";

/// All mounts that can be seen and that nothing hides.
#[derive(Debug, Clone, Default)]
pub struct Mounts {
    /// None where the system has no table of them.
    table: Option<Vec<Mount>>,
}

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    at: PathBuf,
    /// The kind of file system, its source, and which part of it: `nfs4 server:/export`.
    what: String,
    /// The device, by which two mounts of one file system are known.
    device: Vec<u8>,
    /// Which directory of the file system is mounted.
    part: PathBuf,
}

/// A place by where it is on its device: the same by whatever link or mount it is reached.
pub type Key = (Vec<u8>, PathBuf);

impl Mounts {
    /// Those that there are now.
    pub fn now() -> Self {
        let table = fs::read(MOUNTINFO).ok().map(|text| parsed(&text));
        Self { table }
    }

    /// What the file system is that a directory lies on, for people, and to be held against what it is later; of one that is
    /// not there, what it would lie on.
    pub fn around(&self, directory: &Path) -> String {
        let real = really(directory);
        match &self.table {
            Some(_) => self.over(&real).map_or_else(String::new, Mount::shown),
            None => format!("file system at {}", shown(&top(&real))),
        }
    }

    /// What kind of file system a real path lies on.
    pub fn kind(&self, real: &Path) -> Option<&str> {
        self.over(real)?.what.split(' ').next()
    }

    /// Where the file system is mounted that a real path lies on.
    pub fn point(&self, real: &Path) -> Option<&Path> {
        self.over(real).map(|it| &*it.at)
    }

    /// The mount that a real path lies on.
    fn over(&self, real: &Path) -> Option<&Mount> {
        let all = self.table.iter().flatten();
        let above = all.filter(|it| real.starts_with(&it.at));
        above.max_by_key(|it| it.at.components().count())
    }

    /// Where a place is on its device, whether it is there or not; none of one that is not in a local file system.
    pub fn key(&self, place: &Location) -> Option<Key> {
        let real = really(path_of(place).ok()?);
        let inside = self.over(&real).and_then(|mount| {
            let below = real.strip_prefix(&mount.at).ok()?;
            Some((mount.device.clone(), mount.part.join(below)))
        });
        Some(inside.unwrap_or((Vec::new(), real)))
    }

    /// The real paths of a directory, by whatever mount it is reached.
    pub fn names(&self, directory: &Location) -> Vec<PathBuf> {
        let (Some((device, inside)), Ok(path)) = (self.key(directory), path_of(directory)) else {
            return Vec::new();
        };
        let mut names = vec![really(path)];
        for mount in self.table.iter().flatten().filter(|it| it.device == device) {
            let Ok(below) = inside.strip_prefix(&mount.part) else {
                continue;
            };
            let name = mount.at.join(below);
            // Another mount may lie over it there.
            if self.over(&name) == Some(mount) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Where something is mounted below a directory.
    pub fn below(&self, directory: &Path) -> impl Iterator<Item = &PathBuf> {
        let real = really(directory);
        let all = self.table.iter().flatten().map(|it| &it.at);
        all.filter(move |at| **at != real && at.starts_with(&real))
    }

    /// Where the system is told to mount something below these directories, and nothing is mounted.
    pub fn wanting<'e>(&self, looked: impl IntoIterator<Item = &'e Path>) -> Option<PathBuf> {
        let table = self.table.as_ref()?;
        let told = fs::read(FSTAB).unwrap_or_default();
        let told = mount_points(&told);
        let looked: Vec<PathBuf> = looked.into_iter().map(really).collect();
        told.into_iter().find(|at| {
            let is_below = looked.iter().any(|it| at.starts_with(it));
            is_below && !table.iter().any(|it| it.at == *at)
        })
    }
}

impl Mount {
    fn shown(&self) -> String {
        format!("{} at {}", self.what, shown(&self.at))
    }
}

fn shown(path: &Path) -> String {
    scrub(&path.to_string_lossy()).into_owned()
}

/// Where a directory really is; of one that is gone, where what is left above it really is.
pub fn really(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            // What is joined with nothing ends in a slash.
            return if above == path { real } else { real.join(rest) };
        }
    }
    path.to_owned()
}

/// The highest directory above a place that lies on the same file system.
pub fn top(path: &Path) -> PathBuf {
    let device = |path: &Path| fs::metadata(path).ok().map(|it| it.dev());
    let mut top = path;
    while let Some(above) = top.parent() {
        if device(above) != device(top) && device(top).is_some() {
            break;
        }
        top = above;
    }
    top.to_owned()
}

/// The mounts in the kernel's table that nothing hides.
fn parsed(text: &[u8]) -> Vec<Mount> {
    let lines = text.split(|byte| *byte == b'\n');
    let all: Vec<Line> = lines.filter_map(Line::read).collect();
    let is_hidden = |it: &Line| {
        all.iter().any(|over| {
            // One that it is mounted on does not hide it.
            it.at.starts_with(&over.at) && over.id != it.id && !it.is_on(over, &all)
        })
    };
    let is_kernels = |it: &Line| {
        it.what
            .split(' ')
            .next()
            .is_some_and(|it| KERNELS.contains(&it))
    };
    let seen = all.iter().filter(|it| !is_hidden(it) && !is_kernels(it));
    seen.map(|it| Mount {
        at: it.at.clone(),
        what: it.what.clone(),
        device: it.device.clone(),
        part: it.part.clone(),
    })
    .collect()
}

/// A line of the kernel's table.
struct Line {
    id: u64,
    parent: u64,
    at: PathBuf,
    what: String,
    device: Vec<u8>,
    part: PathBuf,
}

impl Line {
    fn read(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b' ');
        let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse().ok();
        let (id, parent) = (number(fields.next()?)?, number(fields.next()?)?);
        let device = fields.next()?.to_vec();
        let (part, at) = (unescaped(fields.next()?), unescaped(fields.next()?));
        let mut rest = fields.skip_while(|field| *field != b"-").skip(1);
        let (kind, source) = (unescaped(rest.next()?), unescaped(rest.next()?));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut what = format!("{} {}", text(&kind), text(&identity(&source)));
        if part != b"/" {
            what = format!("{what}[{}]", text(&part));
        }
        Some(Self {
            id,
            parent,
            at: PathBuf::from(OsString::from_vec(at)),
            what,
            device,
            part: PathBuf::from(OsString::from_vec(part)),
        })
    }

    /// Whether it is mounted on another one, over however many between them.
    fn is_on(&self, other: &Self, all: &[Self]) -> bool {
        let mut at = self;
        // No chain is longer than the table.
        for _ in all {
            if at.parent == other.id {
                return true;
            }
            match all.iter().find(|it| it.id == at.parent && it.id != at.id) {
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    }
}

/// What a source is known by: a block device by its UUID where it has one, as its name may be another one next time.
fn identity(source: &[u8]) -> Vec<u8> {
    let uuid = || {
        let path = Path::new(std::ffi::OsStr::from_bytes(source));
        let device = path
            .starts_with("/dev")
            .then(|| path.canonicalize().ok())??;
        let mut names = fs::read_dir(BY_UUID).ok()?.flatten();
        let name = names.find(|it| it.path().canonicalize().is_ok_and(|it| it == device))?;
        Some([b"UUID=", name.file_name().as_bytes()].concat())
    };
    uuid().unwrap_or_else(|| source.to_vec())
}

/// The mount points in a table of file systems that are to be mounted.
fn mount_points(text: &[u8]) -> Vec<PathBuf> {
    let lines = text.split(|byte| *byte == b'\n');
    let points = lines.filter_map(|line| {
        let mut fields = line
            .split(u8::is_ascii_whitespace)
            .filter(|field| !field.is_empty());
        let source = fields.next()?;
        let at = unescaped(fields.next()?);
        (!source.starts_with(b"#") && at.starts_with(b"/"))
            .then(|| PathBuf::from(OsString::from_vec(at)))
    });
    points.collect()
}

/// A field of such a table, in which spaces, tabs, line ends and backslashes are octal numbers.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(field.len());
    let mut at = 0;
    while let Some(&byte) = field.get(at) {
        let digits = field.get(at + 1..at + 4).filter(|_| byte == b'\\');
        let number =
            digits.and_then(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 8).ok());
        text.push(number.unwrap_or(byte));
        at += if number.is_some() { 4 } else { 1 };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"\
21 1 8:1 / / rw,relatime - ext4 /dev/none/root rw\n\
30 21 0:40 / /mnt/nfs rw shared:1 master:2 - nfs4 server:/export rw\n\
31 30 0:41 /sub\\040dir /mnt/nfs/deep rw - btrfs /dev/none/b rw\n\
40 21 0:50 / /srv/x rw - tmpfs none rw\n\
41 21 0:51 / /srv rw - tmpfs over rw\n\
50 21 0:60 / /opt rw - ext4 a rw\n\
51 50 0:61 / /opt rw - ext4 b rw\n";

    fn around(path: &str) -> String {
        let mounts = Mounts {
            table: Some(parsed(TABLE)),
        };
        mounts.around(Path::new(path))
    }

    #[test]
    fn a_directory_lies_on_what_is_mounted_nearest_above_it() {
        for (path, what) in [
            ("/", "ext4 /dev/none/root at /"),
            ("/mnt/nfs/ck/no", "nfs4 server:/export at /mnt/nfs"),
            ("/mnt/nfsx", "ext4 /dev/none/root at /"),
            (
                "/mnt/nfs/deep",
                "btrfs /dev/none/b[/sub dir] at /mnt/nfs/deep",
            ),
            // What was mounted there is hidden by what was mounted above it later.
            ("/srv/x/no", "tmpfs over at /srv"),
            ("/opt/no", "ext4 b at /opt"),
        ] {
            assert_eq!(around(path), what, "{path}");
        }
    }

    #[test]
    fn what_is_mounted_twice_has_two_names() {
        let table = b"1 0 8:1 / / rw - ext4 a rw\n2 1 8:1 /real/ck /mnt/x rw - ext4 a rw\n3 1 8:2 / /real/ck/over rw - ext4 b rw\n";
        let mounts = Mounts {
            table: Some(parsed(table)),
        };
        let at = |path: &str| Location::parse(format!("file:{path}").as_bytes());
        let names = |path: &str| mounts.names(&at(path));
        assert_eq!(
            names("/mnt/x/job"),
            ["/mnt/x/job", "/real/ck/job"].map(PathBuf::from)
        );
        assert_eq!(
            names("/real/ck/job"),
            ["/real/ck/job", "/mnt/x/job"].map(PathBuf::from)
        );
        assert_eq!(names("/real/other"), ["/real/other"].map(PathBuf::from));
        // What lies below another mount has no second name.
        assert_eq!(
            names("/mnt/x/over/job"),
            ["/mnt/x/over/job"].map(PathBuf::from)
        );
        assert_eq!(
            mounts.key(&at("/mnt/x/job")),
            mounts.key(&at("/real/ck/job"))
        );
        assert_ne!(
            mounts.key(&at("/mnt/x/over")),
            mounts.key(&at("/real/ck/over"))
        );
    }

    #[test]
    fn what_is_mounted_below_is_known_by_where() {
        let mounts = Mounts {
            table: Some(parsed(TABLE)),
        };
        let below = |path: &str| -> Vec<PathBuf> {
            let mut all: Vec<PathBuf> = mounts.below(Path::new(path)).cloned().collect();
            all.sort();
            all
        };
        assert_eq!(
            below("/mnt"),
            ["/mnt/nfs", "/mnt/nfs/deep"].map(PathBuf::from)
        );
        assert_eq!(below("/mnt/nfs"), ["/mnt/nfs/deep"].map(PathBuf::from));
        assert_eq!(below("/srv"), [""; 0].map(PathBuf::from));
    }

    #[test]
    fn what_is_to_be_mounted_is_read_from_the_table_of_it() {
        let table = b"# no\nUUID=1 /data\\040x ext4 defaults 0 1\n\n/dev/y none swap sw 0 0\nserver:/a\t/b nfs\n";
        assert_eq!(mount_points(table), ["/data x", "/b"].map(PathBuf::from));
    }
}
