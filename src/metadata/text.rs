//! Java's modified UTF-8, in which the metadata file keeps every string.

use std::borrow::Cow;

/// A string of the file: its bytes, in modified UTF-8 as `java.io.DataOutput#writeUTF` writes it.
///
/// Equality is equality of bytes. NUL is `C0 80`; characters above U+FFFF are two surrogates of three bytes each;
/// unpaired surrogates are legal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<'a>(pub Cow<'a, [u8]>);
