//! The two steady clocks of a machine that may sleep. Both start somewhere; only differences mean anything.

use std::time::Duration;

#[cfg(target_os = "linux")]
#[path = "clock/linux.rs"]
mod platform;
#[cfg(target_os = "macos")]
#[path = "clock/macos.rs"]
mod platform;
#[cfg(windows)]
#[path = "clock/windows.rs"]
mod platform;

/// Time since an arbitrary start, sleep of the machine included (Linux: `CLOCK_BOOTTIME`). Never goes back. The clock of
/// every deadline the product promises.
pub fn counting_sleep() -> Duration {
    platform::counting_sleep()
}

/// Time since an arbitrary start during which the machine was awake. Never goes back. Its distance to
/// [`counting_sleep`] grows by each sleep.
pub fn awake() -> Duration {
    platform::awake()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_clock_goes_back() {
        for clock in [counting_sleep, awake] {
            let mut last = clock();
            assert!(last > Duration::ZERO);
            for _ in 0..1000 {
                let now = clock();
                assert!(now >= last);
                last = now;
            }
        }
    }
}
