//! Windows: per-user classes, `HKCU\Software\Classes\chaperone`; what stands there is said by [`super::classes`].

use std::io;
use std::path::Path;

use windows::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_SUCCESS, WIN32_ERROR};
use windows::Win32::System::Registry::{
    HKEY_CURRENT_USER, REG_SZ, RRF_RT_REG_SZ, RegDeleteTreeW, RegGetValueW, RegSetKeyValueW,
};
use windows::core::{HSTRING, PCWSTR};

use super::classes::{Value, command, command_key, root, values};
use super::{RegisterError, Registered};

pub(super) fn register(program: &Path) -> Result<Registered, RegisterError> {
    let unusable = || RegisterError::ProgramPath { path: program.to_owned() };
    for value in program.to_str().and_then(values).ok_or_else(unusable)? {
        set(&value)?;
    }
    Ok(Registered { place: format!(r"HKEY_CURRENT_USER\{}", root()), remarks: Vec::new() })
}

pub(super) fn unregister() -> Result<Registered, RegisterError> {
    let key = HSTRING::from(root());
    // SAFETY: the key is a string of ours that lives through the call.
    let status = unsafe { RegDeleteTreeW(HKEY_CURRENT_USER, &key) };
    if status != ERROR_SUCCESS && status != ERROR_FILE_NOT_FOUND {
        return Err(failed(&root(), status));
    }
    Ok(Registered { place: format!(r"HKEY_CURRENT_USER\{}", root()), remarks: Vec::new() })
}

pub(super) fn is_registered(program: &Path) -> Option<bool> {
    let wanted = command(program.to_str()?)?;
    let mut buffer = vec![0_u16; 2048];
    let mut bytes = u32::try_from(buffer.len() * 2).ok()?;
    let key = HSTRING::from(command_key());
    // SAFETY: `buffer` has room for `bytes` bytes, and every pointer lives through the call.
    let status = unsafe {
        RegGetValueW(
            HKEY_CURRENT_USER,
            &key,
            PCWSTR::null(),
            RRF_RT_REG_SZ,
            None,
            Some(buffer.as_mut_ptr().cast()),
            Some(&raw mut bytes),
        )
    };
    if status != ERROR_SUCCESS {
        return Some(false);
    }
    let end = buffer.iter().position(|unit| *unit == 0).unwrap_or(buffer.len());
    buffer.truncate(end);
    Some(String::from_utf16_lossy(&buffer) == wanted)
}

fn set(value: &Value) -> Result<(), RegisterError> {
    let (key, name) = (HSTRING::from(value.key.as_str()), HSTRING::from(value.name));
    let units: Vec<u16> = value.text.encode_utf16().chain([0]).collect();
    let bytes = u32::try_from(units.len() * 2).unwrap_or(u32::MAX);
    // SAFETY: `units` holds `bytes` bytes with their closing zero, and every pointer lives through the call.
    let status = unsafe {
        RegSetKeyValueW(HKEY_CURRENT_USER, &key, &name, REG_SZ.0, Some(units.as_ptr().cast()), bytes)
    };
    if status == ERROR_SUCCESS { Ok(()) } else { Err(failed(&value.key, status)) }
}

fn failed(key: &str, status: WIN32_ERROR) -> RegisterError {
    let code = i32::try_from(status.0).unwrap_or(i32::MAX);
    RegisterError::Write {
        place: format!(r"HKEY_CURRENT_USER\{key}"),
        source: io::Error::from_raw_os_error(code),
    }
}
