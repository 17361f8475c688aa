//! Java's `DataOutputStream` into a vector.

use super::{Within as _, WriteErrorKind, Written, fail};
use crate::metadata::model::Offsets;
use crate::metadata::text::Text;

/// The bytes so far.
#[derive(Default)]
pub(in crate::metadata) struct Output(Vec<u8>);

impl Output {
    pub(in crate::metadata) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(in crate::metadata) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(in crate::metadata) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(in crate::metadata) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(in crate::metadata) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(in crate::metadata) fn i32(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(in crate::metadata) fn i64(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    /// A number of elements or bytes, as Java's `int`.
    pub(super) fn count(&mut self, count: usize) -> Written {
        match i32::try_from(count) {
            Ok(count) => {
                self.i32(count);
                Ok(())
            }
            Err(_) => fail(WriteErrorKind::TooMany(count)),
        }
    }

    pub(in crate::metadata) fn text(&mut self, text: &Text<'_>) -> Written {
        let bytes = text.as_bytes();
        let Ok(length) = u16::try_from(bytes.len()) else {
            return fail(WriteErrorKind::TextTooLong(bytes.len()));
        };
        if !text.is_valid() {
            return fail(WriteErrorKind::BadText);
        }
        self.u16(length);
        self.bytes(bytes);
        Ok(())
    }

    pub(super) fn blob(&mut self, bytes: &[u8]) -> Written {
        self.count(bytes.len())?;
        self.bytes(bytes);
        Ok(())
    }

    /// Positions with their count.
    pub(super) fn offsets(&mut self, offsets: &Offsets<'_>) -> Written {
        self.count(offsets.len())?;
        self.bare_offsets(offsets)
    }

    /// Positions without their count.
    pub(super) fn bare_offsets(&mut self, offsets: &Offsets<'_>) -> Written {
        if !offsets.0.len().is_multiple_of(8) {
            return super::invalid("a position has 8 bytes").field("offsets");
        }
        self.bytes(&offsets.0);
        Ok(())
    }

    /// A record after its length in bytes.
    pub(super) fn record(&mut self, body: impl FnOnce(&mut Self) -> Written) -> Written {
        let start = self.0.len();
        self.u32(0);
        body(self)?;
        let length = self.0.len() - start - 4;
        let Ok(stored) = i32::try_from(length) else {
            return fail(WriteErrorKind::TooMany(length));
        };
        if let Some(place) = self.0.get_mut(start..start + 4) {
            place.copy_from_slice(&stored.to_be_bytes());
        }
        Ok(())
    }
}
