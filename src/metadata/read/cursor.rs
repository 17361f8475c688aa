//! Java's `DataInputStream` over a slice: big-endian numbers, strings and blobs that borrow.

use crate::metadata::error::{Parse, ReadError, ReadErrorKind};
use crate::metadata::model::Offsets;
use crate::metadata::text::Text;
use std::borrow::Cow;

/// The most bytes that a list reserves before its elements are there. A longer list grows as it is read, so that a
/// count costs no memory that the file does not pay for.
const RESERVE: usize = 16 * 1024;

/// A position in the file.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    /// Offset in the file at which `rest` ends.
    end: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            end: bytes.len() as u64,
        }
    }

    /// Where the next byte is in the file.
    pub(super) fn offset(&self) -> u64 {
        self.end - self.rest.len() as u64
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(super) fn take(&mut self, length: usize) -> Parse<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return self.unexpected_end(length);
        };
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Parse<[u8; N]> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return self.unexpected_end(N);
        };
        self.rest = rest;
        Ok(*taken)
    }

    #[inline]
    pub(super) fn u8(&mut self) -> Parse<u8> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    #[inline]
    pub(super) fn i32(&mut self) -> Parse<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    #[inline]
    pub(super) fn i64(&mut self) -> Parse<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A string with its length of 16 bits.
    #[inline]
    pub(super) fn text(&mut self) -> Parse<Text<'a>> {
        let length = u16::from_be_bytes(self.array()?);
        let bytes = self.take(usize::from(length))?;
        match Text::from_modified_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(bad) => self.fail_back(bytes.len() - bad.at, ReadErrorKind::BadText),
        }
    }

    /// Bytes with their length of 32 bits.
    #[inline]
    pub(super) fn blob(&mut self) -> Parse<&'a [u8]> {
        let length = self.i32()?;
        match usize::try_from(length) {
            Ok(length) => self.take(length),
            Err(_) => self.fail_back(4, ReadErrorKind::NegativeCount { count: length }),
        }
    }

    /// A number of elements that take at least `min_bytes` each, of which the rest of the file can hold so many.
    #[inline]
    pub(super) fn count(&mut self, min_bytes: usize) -> Parse<usize> {
        let count = self.i32()?;
        let Ok(elements) = usize::try_from(count) else {
            return self.fail_back(4, ReadErrorKind::NegativeCount { count });
        };
        // Cannot overflow where `usize` has 64 bits, and need not be exact where it has 32.
        if elements.saturating_mul(min_bytes) > self.rest.len() {
            return self.fail_back(
                4,
                ReadErrorKind::CountTooLarge {
                    count: elements as u64,
                    left: self.rest.len() as u64,
                },
            );
        }
        Ok(elements)
    }

    /// Stream positions with their count.
    #[inline]
    pub(super) fn offsets(&mut self) -> Parse<Offsets<'a>> {
        let count = self.count(8)?;
        self.offsets_of(count)
    }

    /// So many stream positions.
    #[inline]
    pub(super) fn offsets_of(&mut self, count: usize) -> Parse<Offsets<'a>> {
        Ok(Offsets(Cow::Borrowed(self.take(count * 8)?)))
    }

    /// Reads a record that starts with its length, and sees to it that the record is exactly that long.
    pub(super) fn record<T>(
        &mut self,
        what: &'static str,
        body: impl FnOnce(&mut Self) -> Parse<T>,
    ) -> Parse<T> {
        let rest = self.blob()?;
        let mut record = Self {
            rest,
            end: self.offset(),
        };
        match body(&mut record) {
            Ok(_) if record.left() > 0 => record.fail(ReadErrorKind::BadLength { what }),
            // The file goes on after the record, so it was not cut short here.
            Err(mut error) if error.may_be_truncated() => {
                error.kind = ReadErrorKind::BadLength { what };
                Err(error)
            }
            outcome => outcome,
        }
    }

    /// An empty list with room for its elements, within reason.
    #[inline]
    pub(super) fn list<T>(count: usize) -> Vec<T> {
        Vec::with_capacity(count.min(RESERVE / size_of::<T>().max(1)))
    }

    /// Fails at the next byte.
    #[cold]
    pub(super) fn fail<T>(&self, kind: ReadErrorKind) -> Parse<T> {
        self.fail_back(0, kind)
    }

    /// Fails at the value that started so many bytes ago.
    #[cold]
    pub(super) fn fail_back<T>(&self, bytes: usize, kind: ReadErrorKind) -> Parse<T> {
        Err(Box::new(ReadError {
            offset: self.offset().saturating_sub(bytes as u64),
            path: String::new(),
            kind,
        }))
    }

    #[cold]
    fn unexpected_end<T>(&self, needed: usize) -> Parse<T> {
        self.fail(ReadErrorKind::UnexpectedEnd {
            needed: needed as u64,
            left: self.rest.len() as u64,
        })
    }
}
