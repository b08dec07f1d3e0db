//! How stored record is proven again.

use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Reading so much beside the day's work is no burden to a disk.
const MOST_MB: u64 = 20;
/// A year: what is proven less often is as good as never.
const MAX_DAYS: u32 = 366;

/// The table `scrub` of the file.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScrubSettings {
    /// In how many days all of it is proven once, 1 (the default) to 366; 0: never.
    pub every_days: Option<u32>,
    /// Megabytes read a second at most, from 1; 20 by default.
    pub most_mb_per_second: Option<u64>,
}

/// The same, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrub {
    /// In which time all of it is proven once; never without it.
    pub round: Option<Duration>,
    /// Bytes read a second at most.
    pub most_bytes_per_second: u64,
}

impl Default for Scrub {
    fn default() -> Self {
        Self { round: Some(DAY), most_bytes_per_second: MOST_MB << 20 }
    }
}

impl ScrubSettings {
    pub(super) fn check(self) -> Result<Scrub, ConfigError> {
        let days = self.every_days.unwrap_or(1);
        let mb = self.most_mb_per_second.unwrap_or(MOST_MB);
        if days > MAX_DAYS || !(1..=1 << 20).contains(&mb) {
            return Err(ConfigError::Scrub);
        }
        Ok(Scrub { round: (days > 0).then(|| DAY * days), most_bytes_per_second: mb << 20 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_daily_unless_said_otherwise() {
        let check = |every_days, most_mb_per_second| ScrubSettings { every_days, most_mb_per_second }.check();
        assert_eq!(check(None, None).unwrap(), Scrub::default());
        assert_eq!(
            check(Some(7), Some(5)).unwrap(),
            Scrub { round: Some(DAY * 7), most_bytes_per_second: 5 << 20 }
        );
        assert_eq!(check(Some(0), None).unwrap().round, None);
        for (days, mb) in [(Some(367), None), (None, Some(0)), (None, Some(u64::MAX))] {
            assert!(matches!(check(days, mb), Err(ConfigError::Scrub)), "{days:?} {mb:?}");
        }
    }
}
