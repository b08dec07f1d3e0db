//! What surrounds this process: clock and chance, which the core is handed, and the desktop it runs on.

use std::time::{SystemTime, UNIX_EPOCH};

use chaperone_capture::{Consent, Desktop, Wayland};
use chaperone_session::Moment;

/// Now, on the clock that counts sleep.
#[must_use]
pub fn now() -> Moment {
    Moment::from_nanos(chaperone_clients::now_ns())
}

/// The wall clock, unix milliseconds: a label, never a basis for a decision between machines.
#[must_use]
pub fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What the wall clock will show at a moment that is still to come; what it shows now for one that is over.
#[must_use]
pub fn wall_ms_at(moment: Moment) -> u64 {
    let left = u64::try_from(moment.since(now()).as_millis()).unwrap_or(u64::MAX);
    wall_ms().saturating_add(left)
}

/// The desktop the environment names. Its user is asked each time where the desktop asks.
#[must_use]
pub fn desktop() -> Desktop {
    let named = |name| std::env::var(name).ok();
    let wayland = named("WAYLAND_DISPLAY").map(|display| Wayland {
        display,
        session_bus: named("DBUS_SESSION_BUS_ADDRESS"),
        consent: Consent::Ask,
    });
    Desktop { x11: named("DISPLAY"), wayland }
}

/// `N` fresh random bytes from the system.
///
/// # Errors
/// When the system has no randomness to give; nothing that needs a key may go on then.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
