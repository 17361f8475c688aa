//! Places in a store, written as Flink writes paths.
//!
//! The form is `[scheme:][//authority]/path`. The path is raw bytes: spaces, `%`, `#` and `?` stand for themselves,
//! and nothing is percent-decoded. Construction normalises as `org.apache.flink.core.fs.Path` does: `\` becomes `/`,
//! runs of `/` collapse, a trailing `/` goes, `.` and `..` are resolved.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text;

/// An absolute place: a scheme (empty: the default file system), an authority and a path.
///
/// Two locations are equal when their normalised text is; [`Location::canonical`] also folds scheme aliases.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The whole text, normalised.
    text: Arc<[u8]>,
    /// Where the path (its leading `/`) starts.
    path: u32,
}

impl Location {
    /// Reads a path as Flink does. Text without a leading `/` after scheme and authority gets one.
    pub fn parse(text: &[u8]) -> Self {
        let (scheme, rest) = split_scheme(text);
        let (authority, path) = match rest.strip_prefix(b"//") {
            Some(rest) if !scheme.is_empty() || !rest.starts_with(b"/") => {
                let end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
                (&rest[..end], &rest[end..])
            }
            _ => (&b""[..], rest),
        };
        Self::from_parts(scheme, authority, path)
    }

    /// A path of the local file system, as the `file:` location that Flink makes of it.
    pub fn local(path: &[u8]) -> Self {
        Self::from_parts(b"file", b"", path)
    }

    fn from_parts(scheme: &[u8], authority: &[u8], path: &[u8]) -> Self {
        let mut text = Vec::with_capacity(scheme.len() + authority.len() + path.len() + 4);
        if !scheme.is_empty() {
            text.extend_from_slice(scheme);
            text.push(b':');
        }
        if !authority.is_empty() {
            text.extend_from_slice(b"//");
            text.extend_from_slice(authority);
        }
        let start = text.len();
        push_normalised(&mut text, start, path);
        Self {
            text: text.into(),
            path: start as u32,
        }
    }

    /// The scheme without its colon; empty when the text had none.
    pub fn scheme(&self) -> &[u8] {
        split_scheme(&self.text).0
    }

    /// What lies between scheme and path: `[scheme:][//authority]`. Locations with one prefix live in one store.
    pub fn store(&self) -> &[u8] {
        &self.text[..self.path as usize]
    }

    /// The path, starting with `/`.
    pub fn path(&self) -> &[u8] {
        &self.text[self.path as usize..]
    }

    /// The whole normalised text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// The path when this is a place of the local file system (`file:` or no scheme).
    pub fn local_path(&self) -> Option<&[u8]> {
        (self.path == 0 || self.store() == b"file:").then(|| self.path())
    }

    /// The last component; empty for a root.
    pub fn name(&self) -> &[u8] {
        let path = self.path();
        &path[path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1)..]
    }

    /// The directory that holds this place, unless it is a root.
    pub fn parent(&self) -> Option<Self> {
        let path = self.path();
        if path == b"/" {
            return None;
        }
        let end = path.iter().rposition(|&b| b == b'/').unwrap_or(0).max(1);
        Some(Self {
            text: self.text[..self.path as usize + end].into(),
            path: self.path,
        })
    }

    /// The place reached from here by a relative path. A leading `/` of it is dropped, so that the result stays
    /// below this place unless `..` leads out, which Flink does not prevent either.
    #[must_use]
    pub fn join(&self, relative: &[u8]) -> Self {
        let mut text = Vec::with_capacity(self.text.len() + relative.len() + 1);
        text.extend_from_slice(&self.text);
        push_normalised(&mut text, self.path as usize, relative);
        Self {
            text: text.into(),
            path: self.path,
        }
    }

    /// The place of a plain name in this directory: one without `/`, and neither `.` nor `..`. Cheaper than
    /// [`Location::join`], which resolves those.
    #[must_use]
    pub fn child(&self, name: &[u8]) -> Self {
        let mut text = Vec::with_capacity(self.text.len() + 1 + name.len());
        text.extend_from_slice(&self.text);
        if !text.ends_with(b"/") {
            text.push(b'/');
        }
        text.extend_from_slice(name);
        Self {
            text: text.into(),
            path: self.path,
        }
    }

    /// Whether something of this name can have a place of its own here: a name with a backslash, which a local disk may well
    /// have, is another path to Flink (`org.apache.flink.core.fs.Path#normalizePath`).
    pub fn can_name(name: &[u8]) -> bool {
        !name.contains(&b'\\')
    }

    /// Whether this place is `ancestor` or lies below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        self.relative_to(ancestor).is_some()
    }

    /// The path from `ancestor` to here, without a leading `/`; empty when they are one place.
    pub fn relative_to(&self, ancestor: &Self) -> Option<&[u8]> {
        if self.store() != ancestor.store() {
            return None;
        }
        let rest = self.path().strip_prefix(ancestor.path())?;
        match rest {
            [] => Some(rest),
            [b'/', rest @ ..] => Some(rest),
            _ if ancestor.path() == b"/" => Some(rest),
            _ => None,
        }
    }

    /// The same place under the one name by which files are compared: no scheme becomes `file`, and the schemes of
    /// Flink's and Hadoop's S3 clients (`s3a`, `s3n`, `s3p`) become `s3`.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let scheme = match self.scheme() {
            b"" => &b"file"[..],
            b"s3a" | b"s3n" | b"s3p" => b"s3",
            _ => return self.clone(),
        };
        let (_, rest) = split_scheme(self.store());
        let authority = rest.strip_prefix(b"//").unwrap_or_default();
        Self::from_parts(scheme, authority, self.path())
    }

    /// The text as it is, for machines. Bytes that are no UTF-8 show as `\xNN`, since JSON has no way to keep them.
    pub fn to_text(&self) -> String {
        std::str::from_utf8(&self.text).map_or_else(|_| self.shown().into_owned(), str::to_owned)
    }

    /// The text for people: bytes that are no UTF-8 and characters that steer a terminal as escapes.
    pub fn shown(&self) -> Cow<'_, str> {
        text::scrub_bytes(&self.text)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As it is written down and read back: text, or its bytes where they are no UTF-8.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<'t> {
    Text(Cow<'t, str>),
    Bytes(Cow<'t, [u8]>),
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let written = std::str::from_utf8(&self.text).map_or_else(
            |_| Written::Bytes(Cow::Borrowed(&self.text)),
            |text| Written::Text(Cow::Borrowed(text)),
        );
        written.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(from)? {
            Written::Text(text) => Self::parse(text.as_bytes()),
            Written::Bytes(bytes) => Self::parse(&bytes),
        })
    }
}

/// The scheme ends at the first `:` that comes before any `/`. A single letter is a Windows drive, not a scheme.
fn split_scheme(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|&b| matches!(b, b':' | b'/' | b'\\')) {
        Some(at) if text[at] == b':' && at > 1 => (&text[..at], &text[at + 1..]),
        _ => (b"", text),
    }
}

/// Appends `path` to the path in `text` (which starts at `start`, possibly empty), resolving `.`, `..` and `//`.
fn push_normalised(text: &mut Vec<u8>, start: usize, path: &[u8]) {
    if text.ends_with(b"/") && text.len() > start {
        text.pop();
    }
    for part in path.split(|&b| b == b'/' || b == b'\\') {
        match part {
            b"" | b"." => {}
            b".." => {
                let end = text[start..].iter().rposition(|&b| b == b'/').unwrap_or(0);
                text.truncate(start + end);
            }
            part => {
                text.push(b'/');
                text.extend_from_slice(part);
            }
        }
    }
    if text.len() == start {
        text.push(b'/');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Location::parse(text.as_bytes()).to_string()
    }

    #[test]
    fn paths_normalise_as_flink_does() {
        assert_eq!(
            shown("file:///data//flink/./x/../chk-1/"),
            "file:/data/flink/chk-1"
        );
        assert_eq!(shown("s3a://bucket/a b%20#?/k"), "s3a://bucket/a b%20#?/k");
        assert_eq!(shown("hdfs://nn:8020/x"), "hdfs://nn:8020/x");
        assert_eq!(shown("/plain"), "/plain");
        assert_eq!(shown("C:\\flink\\chk-1"), "/C:/flink/chk-1");
        assert_eq!(shown("s3://bucket"), "s3://bucket/");
        assert_eq!(shown("file:/../../etc"), "file:/etc");
    }

    #[test]
    fn parts_of_a_location() {
        let place = Location::parse(b"s3a://bucket/job/chk-7");
        assert_eq!(
            (place.scheme(), place.store(), place.name()),
            (&b"s3a"[..], &b"s3a://bucket"[..], &b"chk-7"[..])
        );
        assert_eq!(place.parent().unwrap().to_string(), "s3a://bucket/job");
        assert_eq!(place.canonical().to_string(), "s3://bucket/job/chk-7");
        assert_eq!(place.local_path(), None);
        assert_eq!(Location::parse(b"/a").canonical().to_string(), "file:/a");
        assert_eq!(Location::local(b"/a/b").local_path(), Some(&b"/a/b"[..]));
        assert_eq!(
            Location::local(b"/a").parent().unwrap().to_string(),
            "file:/"
        );
        assert_eq!(Location::local(b"/").parent(), None);
    }

    #[test]
    fn joining_stays_below_unless_dots_lead_out() {
        let dir = Location::local(b"/data/chk-1");
        assert_eq!(
            dir.join(b"/etc/passwd").to_string(),
            "file:/data/chk-1/etc/passwd"
        );
        assert_eq!(dir.join(b"../../etc").to_string(), "file:/etc");
        assert_eq!(Location::local(b"/").join(b"x").to_string(), "file:/x");
        assert_eq!(Location::local(b"/").child(b"x").to_string(), "file:/x");
        assert_eq!(dir.child(b"x"), dir.join(b"x"));
    }

    #[test]
    fn what_is_written_down_is_read_back() {
        for bytes in [
            &b"file:/data/a b"[..],
            b"/plain",
            b"s3a://b/k",
            b"/no\xff utf8",
        ] {
            let place = Location::parse(bytes);
            let text = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<Location>(&text).unwrap(), place);
        }
    }

    #[test]
    fn containment_is_by_component() {
        let root = Location::local(b"/data");
        assert_eq!(
            Location::local(b"/data/x/y").relative_to(&root),
            Some(&b"x/y"[..])
        );
        assert_eq!(Location::local(b"/data").relative_to(&root), Some(&b""[..]));
        assert!(!Location::local(b"/database").is_within(&root));
        assert!(Location::local(b"/database").is_within(&Location::local(b"/")));
        assert!(!Location::parse(b"s3://data/x").is_within(&root));
    }
}
