//! The verifier as WebAssembly: the console's player shows with it which seconds of a session are proven.
//!
//! Judges nothing itself: `core/evidence` does, the same code as in `chaperone-verify`. Owns what crosses the border to a
//! page: room for the outline to be judged, and the judgement as JSON. Leaves fetching, remembering the fingerprint and
//! showing to `ui/console/src/player`.
//!
//! A page asks for [`room`], writes the root's fingerprint (32 bytes) and behind it the outline (`docs/format.md`,
//! section 6.1) there, calls [`judge`], and reads that many bytes of JSON at [`answer`]. `cargo xtask` builds it for
//! wasm32-unknown-unknown; on other systems it is an ordinary library, for its tests.

pub mod dto;
mod outline;

use std::cell::RefCell;

pub use outline::judgement;

thread_local! {
    /// What the page wrote; a page has one thread for each instance.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for `len` bytes and says where. They stay there until the next call of any function of this crate.
#[unsafe(no_mangle)]
pub extern "C" fn room(len: usize) -> *mut u8 {
    ROOM.with_borrow_mut(|room| {
        *room = vec![0; len];
        room.as_mut_ptr()
    })
}

/// Judges what is in the room and frees it. The length of the answer, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn judge() -> usize {
    let bytes = ROOM.take();
    let answer = judgement(&bytes);
    let len = answer.len();
    ANSWER.set(answer.into_bytes());
    len
}

/// Where the answer of the last [`judge`] is.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    ANSWER.with_borrow(|answer| answer.as_ptr())
}
