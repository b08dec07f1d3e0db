//! Windows: a security descriptor that gives an object to this user alone, and a look at who can reach one.
//!
//! Public for the crate that makes named pipes with the same rights (`ipc`).

use std::io;

use windows::Win32::Foundation::{CloseHandle, ERROR_SUCCESS, HANDLE, HLOCAL, LocalFree};
use windows::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW, ConvertSidToStringSidW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW, SDDL_REVISION_1,
    SE_FILE_OBJECT,
};
use windows::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetTokenInformation, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR,
    SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
use windows::core::{HSTRING, PCWSTR, PWSTR};

use crate::sddl;
pub use crate::sddl::Exposure;

/// Security attributes for objects that belong to this user, reachable by this user and the system alone; folders hand
/// the same on to all they hold.
pub struct OwnerOnly {
    attributes: Box<SECURITY_ATTRIBUTES>,
    _descriptor: Descriptor,
}

impl OwnerOnly {
    /// Makes them for the user this process runs as.
    pub fn new() -> io::Result<Self> {
        // SAFETY: the pseudo handle of this process needs no closing and is always valid.
        let user = user_of_process(unsafe { GetCurrentProcess() })?;
        let descriptor = Descriptor::parse(&format!("O:{user}D:P(A;OICI;FA;;;{user})(A;OICI;FA;;;SY)"))?;
        let attributes = Box::new(SECURITY_ATTRIBUTES {
            nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).map_err(io::Error::other)?,
            lpSecurityDescriptor: descriptor.0.0,
            bInheritHandle: false.into(),
        });
        Ok(Self { attributes, _descriptor: descriptor })
    }

    /// The attributes to hand to a creating call. They live as long as `self`.
    pub fn attributes(&self) -> *const SECURITY_ATTRIBUTES {
        &raw const *self.attributes
    }
}

/// The identifier (`S-1-…`) of the user a process runs as. `process` needs the right to query limited information.
pub fn user_of_process(process: HANDLE) -> io::Result<String> {
    let mut token = HANDLE::default();
    // SAFETY: the out pointer is a local; the handle was opened by the caller.
    unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) }?;
    let user = user_of_token(token);
    // SAFETY: the token was opened above and is not used again.
    unsafe { CloseHandle(token) }?;
    user
}

/// Who can reach the file or folder at `path`, judged by its own access list.
pub fn exposure(path: &HSTRING) -> io::Result<Exposure> {
    let mut descriptor = Descriptor(PSECURITY_DESCRIPTOR::default());
    let wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    // SAFETY: the path lives for the call; the descriptor returned is owned and freed by `Descriptor`.
    let result = unsafe {
        GetNamedSecurityInfoW(path, SE_FILE_OBJECT, wanted, None, None, None, None, &raw mut descriptor.0)
    };
    if result != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(result.0.cast_signed()));
    }
    // SAFETY: the pseudo handle of this process needs no closing and is always valid.
    let user = user_of_process(unsafe { GetCurrentProcess() })?;
    // Some users have a short name in this notation (`LA`); printing ours the same way makes the two comparable.
    let own = Descriptor::parse(&format!("O:{user}"))?.to_text()?;
    let own = sddl::owner(&own).unwrap_or(&user);
    Ok(sddl::exposure(&descriptor.to_text()?, own))
}

fn user_of_token(token: HANDLE) -> io::Result<String> {
    // A user record holds one pointer and the identifier behind it, at most 68 bytes: 256 are always enough. Words
    // rather than bytes, because the record must be aligned for its pointer.
    let mut buffer = [0_u64; 32];
    let length = u32::try_from(size_of_val(&buffer)).map_err(io::Error::other)?;
    let mut used = 0;
    // SAFETY: the buffer is writable for `length` bytes, and both pointers are locals that outlive the call.
    unsafe {
        GetTokenInformation(token, TokenUser, Some(buffer.as_mut_ptr().cast()), length, &raw mut used)
    }?;
    // SAFETY: on success the buffer begins with this record; it is aligned, and alive until the end of this function.
    let record = unsafe { &*buffer.as_ptr().cast::<TOKEN_USER>() };
    let mut text = PWSTR::null();
    // SAFETY: the identifier points into the buffer, which is still alive.
    unsafe { ConvertSidToStringSidW(record.User.Sid, &raw mut text) }?;
    take_text(text)
}

/// A descriptor the system allocated.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Descriptor {
    fn parse(text: &str) -> io::Result<Self> {
        let text = HSTRING::from(text);
        let mut descriptor = PSECURITY_DESCRIPTOR::default();
        // SAFETY: the text lives for the call; the descriptor returned is owned and freed by `Descriptor`.
        unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                PCWSTR(text.as_ptr()),
                SDDL_REVISION_1,
                &raw mut descriptor,
                None,
            )
        }?;
        Ok(Self(descriptor))
    }

    fn to_text(&self) -> io::Result<String> {
        let mut text = PWSTR::null();
        let wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
        // SAFETY: the descriptor is valid as long as `self`, and the out pointer is a local.
        unsafe {
            ConvertSecurityDescriptorToStringSecurityDescriptorW(
                self.0,
                SDDL_REVISION_1,
                wanted,
                &raw mut text,
                None,
            )
        }?;
        take_text(text)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        free(self.0.0);
    }
}

/// Copies a string the system allocated, and frees it.
fn take_text(text: PWSTR) -> io::Result<String> {
    // SAFETY: the caller hands in a zero-terminated string just returned by the system.
    let copy = unsafe { text.to_string() };
    free(text.0.cast());
    copy.map_err(io::Error::other)
}

fn free(memory: *mut core::ffi::c_void) {
    if !memory.is_null() {
        // SAFETY: the memory came from a call that says to free it this way, and nobody uses it afterwards.
        unsafe { LocalFree(Some(HLOCAL(memory))) };
    }
}
