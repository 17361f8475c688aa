//! What is kept between runs, outside the repository: distributions and compiled classes. Entries appear by renaming a complete
//! directory, under a lock that holds for threads and processes alike.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Lists the files of a complete entry with their lengths, so that a damaged entry is noticed.
const MANIFEST: &str = "manifest.txt";

/// The cache directory.
pub(crate) fn directory() -> PathBuf {
    let chosen = env::var_os("STATEWARD_TEST_CACHE").map(PathBuf::from);
    let shared =
        || env::var_os("XDG_CACHE_HOME").map(|cache| PathBuf::from(cache).join("stateward-tests"));
    let home = || env::home_dir().map(|home| home.join(".cache/stateward-tests"));
    let directory = chosen
        .or_else(shared)
        .or_else(home)
        .expect("no place for the test cache: set STATEWARD_TEST_CACHE to a directory");
    create(&directory);
    directory
}

/// A lock that lasts until the file is dropped; the operating system frees it if the process is killed.
pub(crate) fn lock(name: &str) -> File {
    let path = directory().join(format!("{name}.lock"));
    let file = File::create(&path)
        .unwrap_or_else(|error| panic!("cannot create {}: {error}", path.display()));
    file.lock()
        .unwrap_or_else(|error| panic!("cannot lock {}: {error}", path.display()));
    file
}

/// The directory of an entry, made by `make` unless it is there and undamaged. `make` fills the empty directory it is given.
pub(crate) fn entry(name: &str, make: impl FnOnce(&Path) -> Result<(), String>) -> PathBuf {
    let path = directory().join(name);
    let _lock = lock(&name.replace('/', "-"));
    if is_whole(&path) {
        return path;
    }
    remove(&path);
    let parent = path.parent().expect("an entry has a parent");
    create(parent);
    let unfinished = tempfile::Builder::new()
        .prefix(".unfinished-")
        .tempdir_in(parent)
        .unwrap_or_else(|error| {
            panic!("cannot create a directory in {}: {error}", parent.display())
        });
    if let Err(why) = make(unfinished.path()) {
        panic!("cannot make {}: {why}", path.display());
    }
    let manifest = listing(unfinished.path());
    assert!(
        !manifest.is_empty(),
        "making {} left nothing behind",
        path.display()
    );
    write(&unfinished.path().join(MANIFEST), &manifest);
    let finished = unfinished.keep();
    fs::rename(&finished, &path).unwrap_or_else(|error| {
        panic!(
            "cannot rename {} to {}: {error}",
            finished.display(),
            path.display()
        )
    });
    path
}

fn is_whole(entry: &Path) -> bool {
    fs::read_to_string(entry.join(MANIFEST)).is_ok_and(|manifest| manifest == listing(entry))
}

/// `LENGTH PATH` for each file, but for the manifest itself.
fn listing(directory: &Path) -> String {
    let mut lines: Vec<String> = files_below(directory)
        .into_iter()
        .filter(|file| file != &directory.join(MANIFEST))
        .map(|file| {
            let length = fs::metadata(&file).map_or(0, |metadata| metadata.len());
            format!(
                "{length} {}\n",
                file.strip_prefix(directory).unwrap_or(&file).display()
            )
        })
        .collect();
    lines.sort();
    lines.concat()
}

/// Every file below a directory; what vanishes meanwhile is left out.
pub(crate) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut todo = vec![directory.to_path_buf()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(entry.path()),
                Ok(_) => files.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    files.sort();
    files
}

pub(crate) fn create(directory: &Path) {
    fs::create_dir_all(directory)
        .unwrap_or_else(|error| panic!("cannot create {}: {error}", directory.display()));
}

pub(crate) fn remove(directory: &Path) {
    if directory.exists() {
        fs::remove_dir_all(directory)
            .unwrap_or_else(|error| panic!("cannot remove {}: {error}", directory.display()));
    }
}

pub(crate) fn write(path: &Path, contents: impl AsRef<[u8]>) {
    fs::write(path, contents)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

#[test]
fn a_damaged_entry_is_made_anew() {
    let name = format!("self-test-{}", std::process::id());
    let mut made = 0;
    let mut get = || {
        entry(&name, |directory| {
            made += 1;
            write(&directory.join("file"), "all of it");
            Ok(())
        })
    };
    let directory = get();
    get();
    write(&directory.join("file"), "not all");
    get();
    assert_eq!(read(&directory.join("file")), "all of it");
    assert_eq!(made, 2, "made once, kept once, made again");
    remove(&directory);
    fs::remove_file(directory.with_extension("lock")).expect("the lock file");
}
