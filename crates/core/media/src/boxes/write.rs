//! Writing boxes, sizes filled in afterwards.

use super::Kind;

/// A growing file of boxes.
#[derive(Debug, Default)]
pub(crate) struct BoxWriter {
    out: Vec<u8>,
}

impl BoxWriter {
    /// A box whose body `body` writes.
    ///
    /// INVARIANT: no body comes near 4 GiB; samples and descriptions are counted and bounded before they are written.
    pub(crate) fn boxed(&mut self, kind: &Kind, body: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.u32(0);
        self.bytes(kind);
        body(self);
        let size = u32::try_from(self.out.len() - start).unwrap_or(u32::MAX);
        if let Some(field) = self.out.get_mut(start..start + 4) {
            field.copy_from_slice(&size.to_be_bytes());
        }
    }

    /// A box that begins with a version and flags (24 bit).
    pub(crate) fn full(&mut self, kind: &Kind, version: u8, flags: u32, body: impl FnOnce(&mut Self)) {
        self.boxed(kind, |w| {
            w.u32(u32::from(version) << 24 | (flags & 0x00ff_ffff));
            body(w);
        });
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }
}
