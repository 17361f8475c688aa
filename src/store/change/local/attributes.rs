//! The extended attributes of what is open, access lists among them, where the system has such a thing.

use std::os::fd::OwnedFd;

use rustix::fs;
use rustix::io::Errno;

/// All that can be read of them. One whose name is no text is left out: no system gives such names.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn of(open: &OwnedFd) -> Result<Vec<(String, Vec<u8>)>, Errno> {
    let mut names = vec![0; query(fs::flistxattr_query(open))?];
    let length = query(fs::flistxattr(open, &mut names[..]))?;
    names.truncate(length);
    let names = names.split(|byte| *byte == 0).filter(|it| !it.is_empty());
    let names = names.filter_map(|name| String::from_utf8(name.to_vec()).ok());
    let mut found = Vec::new();
    for name in names {
        let mut value = vec![0; query(fs::fgetxattr_query(open, name.as_str()))?];
        let length = query(fs::fgetxattr(open, name.as_str(), &mut value[..]))?;
        value.truncate(length);
        found.push((name, value));
    }
    Ok(found)
}

/// Sets one of them.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn give(open: &OwnedFd, name: &str, value: &[u8]) -> Result<(), Errno> {
    fs::fsetxattr(open, name, value, fs::XattrFlags::empty())
}

/// A length, which is none where the file system knows of no attributes, or that one has just gone.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn query(length: Result<usize, Errno>) -> Result<usize, Errno> {
    match length {
        Err(Errno::NOTSUP | Errno::NOSYS | Errno::NODATA) => Ok(0),
        other => other,
    }
}

/// None are known of here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn of(_open: &OwnedFd) -> Result<Vec<(String, Vec<u8>)>, Errno> {
    Ok(Vec::new())
}

/// None can be set here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn give(_open: &OwnedFd, _name: &str, _value: &[u8]) -> Result<(), Errno> {
    Err(Errno::NOTSUP)
}
