//! Reading boxes somebody else wrote: every length is checked, nothing is allocated by what a length says.

use super::{HEADER_LEN, Kind};

/// Why bytes are not the boxes they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BoxError {
    #[error("a box is cut short")]
    Truncated,
    #[error("the size of box {0} does not fit where it stands")]
    Size(String),
    #[error("box {0} does not belong where it stands")]
    Unexpected(String),
    #[error("box {0} stands twice")]
    Twice(&'static str),
    #[error("box {0} is missing")]
    Missing(&'static str),
    #[error("{0} has a value that no recorder writes")]
    Value(&'static str),
    #[error("{0} is beyond its limit")]
    Limit(&'static str),
}

impl BoxError {
    /// A box of `kind` where it does not belong.
    pub(crate) fn unexpected(kind: Kind) -> Self {
        Self::Unexpected(name(kind))
    }
}

/// The boxes that fill a slice, one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Boxes<'a> {
    rest: &'a [u8],
}

impl<'a> Boxes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Kind and body of the next box, or nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(Kind, &'a [u8])>, BoxError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut fields = Fields::new(self.rest);
        let size = fields.usize()?;
        let kind = fields.array::<4>()?;
        let body_len = size.checked_sub(HEADER_LEN).ok_or_else(|| BoxError::Size(name(kind)))?;
        let (body, rest) =
            fields.rest.split_at_checked(body_len).ok_or_else(|| BoxError::Size(name(kind)))?;
        self.rest = rest;
        Ok(Some((kind, body)))
    }

    /// The body of the next box, which must be of `kind`.
    pub(crate) fn expect(&mut self, kind: &Kind, what: &'static str) -> Result<&'a [u8], BoxError> {
        match self.next()? {
            Some((found, body)) if found == *kind => Ok(body),
            Some((found, _)) => Err(BoxError::unexpected(found)),
            None => Err(BoxError::Missing(what)),
        }
    }

    /// Refuses anything that follows.
    pub(crate) fn end(&mut self) -> Result<(), BoxError> {
        match self.next()? {
            None => Ok(()),
            Some((kind, _)) => Err(BoxError::unexpected(kind)),
        }
    }
}

/// The fields of one box body, first to last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], BoxError> {
        let (field, rest) = self.rest.split_first_chunk::<N>().ok_or(BoxError::Truncated)?;
        self.rest = rest;
        Ok(*field)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, BoxError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, BoxError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, BoxError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, BoxError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A 32-bit count or length.
    pub(crate) fn usize(&mut self) -> Result<usize, BoxError> {
        usize::try_from(self.u32()?).map_err(|_| BoxError::Limit("a length"))
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], BoxError> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(BoxError::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Refuses anything but exactly `value`.
    pub(crate) fn expect_u32(&mut self, value: u32, what: &'static str) -> Result<(), BoxError> {
        if self.u32()? == value { Ok(()) } else { Err(BoxError::Value(what)) }
    }

    /// Refuses bytes that follow.
    pub(crate) fn end(self, what: &'static str) -> Result<(), BoxError> {
        if self.rest.is_empty() { Ok(()) } else { Err(BoxError::Value(what)) }
    }
}

/// A kind as text that is safe to print.
fn name(kind: Kind) -> String {
    kind.escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        for size in [0_u32, 1, 7, 9, u32::MAX] {
            let mut bytes = size.to_be_bytes().to_vec();
            bytes.extend_from_slice(b"free");
            let read = Boxes::new(&bytes).next();
            assert_eq!(read, Err(BoxError::Size("free".into())), "size {size}");
        }
        assert_eq!(Boxes::new(&[0; 7]).next(), Err(BoxError::Truncated));
    }
}
