//! Java's modified UTF-8, in which the metadata file keeps every string.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A string of the file: its bytes, in modified UTF-8 as `java.io.DataOutput#writeUTF` writes it.
///
/// Equality is equality of bytes. NUL is `C0 80`; characters above U+FFFF are two surrogates of three bytes each;
/// unpaired surrogates are legal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<'a>(pub Cow<'a, [u8]>);

/// Bytes that `java.io.DataInput#readUTF` refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not modified UTF-8 from byte {at} on")]
pub struct BadText {
    /// Where the bad group starts.
    pub at: usize,
}

impl<'a> Text<'a> {
    /// Takes bytes that Java would read as a string. Like Java it also accepts a plain zero byte and over-long forms.
    ///
    /// # Errors
    /// When a group of bytes starts with `10xxxxxx` or `1111xxxx`, or is cut short.
    pub fn from_modified_utf8(bytes: &'a [u8]) -> Result<Self, BadText> {
        // Nearly every string of a metadata file is a path, a uuid or a name in ASCII.
        if !bytes.is_ascii() {
            check(bytes)?;
        }
        Ok(Self(Cow::Borrowed(bytes)))
    }

    /// The same text, kept apart from the bytes it was read from.
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }
}

impl Text<'_> {
    /// The bytes as they are in the file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with U+FFFD in place of surrogates that have no partner, and of bytes that are no text. It may hold
    /// control characters: scrub it before it reaches a terminal.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        self.decode(char::REPLACEMENT_CHARACTER)
    }

    /// The bytes of this path on a file system that keeps names in UTF-8: a pair of surrogates becomes one character
    /// of four bytes, and a surrogate without partner becomes `?`, as `java.io.File` has it.
    pub fn path_bytes(&self) -> Cow<'_, [u8]> {
        match self.decode('?') {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }
    }

    /// Whether `readUTF` accepts the bytes.
    pub(super) fn is_valid(&self) -> bool {
        check(&self.0).is_ok()
    }

    /// Text without NUL and without surrogates is UTF-8 already; the rest goes through UTF-16, as in Java.
    fn decode(&self, replacement: char) -> Cow<'_, str> {
        if let Ok(text) = std::str::from_utf8(&self.0) {
            return Cow::Borrowed(text);
        }
        char::decode_utf16(Units(&self.0))
            .map(|unit| unit.unwrap_or(replacement))
            .collect::<String>()
            .into()
    }
}

impl<'a> From<&'a str> for Text<'a> {
    /// Encodes as `writeUTF` does, and borrows when nothing has to change.
    fn from(text: &'a str) -> Self {
        if text.bytes().all(|byte| byte != 0 && byte < 0xf0) {
            return Self(Cow::Borrowed(text.as_bytes()));
        }
        let mut bytes = Vec::with_capacity(text.len() + 8);
        for unit in text.encode_utf16() {
            match unit {
                0x01..0x80 => bytes.push(unit as u8),
                0 | 0x80..0x800 => {
                    bytes.extend([0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]);
                }
                _ => bytes.extend([
                    0xe0 | (unit >> 12) as u8,
                    0x80 | (unit >> 6 & 0x3f) as u8,
                    0x80 | (unit & 0x3f) as u8,
                ]),
            }
        }
        Self(Cow::Owned(bytes))
    }
}

impl From<String> for Text<'static> {
    fn from(text: String) -> Self {
        Text::from(text.as_str()).into_owned()
    }
}

impl FromStr for Text<'static> {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Text::from(text).into_owned())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_str_lossy())
    }
}

/// The groups that `readUTF` accepts: one byte `0xxxxxxx`, or a lead of two or three bytes with that many `10xxxxxx`.
fn check(bytes: &[u8]) -> Result<(), BadText> {
    let mut at = 0;
    while let Some(&lead) = bytes.get(at) {
        let tail = match lead {
            0x00..0x80 => 0,
            0xc0..0xe0 => 1,
            0xe0..0xf0 => 2,
            _ => return Err(BadText { at }),
        };
        match bytes.get(at + 1..at + 1 + tail) {
            Some(tail) if tail.iter().all(|byte| byte & 0xc0 == 0x80) => {}
            _ => return Err(BadText { at }),
        }
        at += 1 + tail;
    }
    Ok(())
}

/// UTF-16 units of modified UTF-8. A bad group gives one lone surrogate, which no decoder accepts, per byte.
struct Units<'t>(&'t [u8]);

impl Iterator for Units<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let low = |byte: u8| u16::from(byte & 0x3f);
        let (unit, rest) = match *self.0 {
            [] => return None,
            [a @ 0x00..0x80, ref rest @ ..] => (u16::from(a), rest),
            [a @ 0xc0..0xe0, b @ 0x80..0xc0, ref rest @ ..] => {
                (u16::from(a & 0x1f) << 6 | low(b), rest)
            }
            [
                a @ 0xe0..0xf0,
                b @ 0x80..0xc0,
                c @ 0x80..0xc0,
                ref rest @ ..,
            ] => (u16::from(a & 0x0f) << 12 | low(b) << 6 | low(c), rest),
            [_, ref rest @ ..] => (0xdc00, rest),
        };
        self.0 = rest;
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_borrows() {
        let text = Text::from("keyed stats → Größe 値");
        assert!(matches!(text.0, Cow::Borrowed(_)));
        assert!(matches!(text.to_str_lossy(), Cow::Borrowed(_)));
        assert!(matches!(text.path_bytes(), Cow::Borrowed(_)));
    }

    #[test]
    fn nul_and_large_characters_are_encoded_as_java_does() {
        let text = Text::from("a\0😀");
        assert_eq!(
            text.as_bytes(),
            [b'a', 0xc0, 0x80, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]
        );
        assert_eq!(text.to_str_lossy(), "a\0😀");
        assert_eq!(&*text.path_bytes(), "a\0😀".as_bytes());
        assert_eq!("a\0😀".parse::<Text<'_>>(), Ok(text));
    }

    #[test]
    fn surrogates_without_partner_are_legal() {
        let text = Text::from_modified_utf8(b"x\xed\xa0\xbdy").unwrap();
        assert_eq!(text.to_str_lossy(), "x\u{fffd}y");
        assert_eq!(&*text.path_bytes(), b"x?y");
    }

    #[test]
    fn java_accepts_zero_bytes_and_long_forms() {
        let text = Text::from_modified_utf8(b"\0\xc1\x81\xe0\x81\x81").unwrap();
        assert_eq!(text.to_str_lossy(), "\0AA");
    }

    #[test]
    fn java_refuses_the_rest() {
        for (bytes, at) in [
            (&b"ab\x80"[..], 2),
            (b"\xf0\x9f\x98\x80", 0),
            (b"a\xc3", 1),
            (b"\xe2\x82", 0),
            (b"\xe2\x82a", 0),
            (b"\xff", 0),
        ] {
            assert_eq!(Text::from_modified_utf8(bytes), Err(BadText { at }));
        }
    }

    #[test]
    fn bytes_that_are_no_text_still_show() {
        assert_eq!(Text(Cow::Borrowed(b"a\xc3")).to_str_lossy(), "a\u{fffd}");
    }
}
