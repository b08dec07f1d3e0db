//! What `doctor` says of proving stored record again.

use std::time::Duration;

use chaperone_database::Scrubbed;

use crate::config::Config;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Whether damage was found, and whether it is looked for as often as the configuration says.
pub(super) fn finding(found: &Scrubbed, config: &Config, now_ms: u64) -> Result<String, String> {
    let Scrubbed { sessions, damaged, oldest_ms, .. } = *found;
    if damaged > 0 {
        return Err(format!(
            "{damaged} of {sessions} recordings are damaged on this disk: the audit log names them; restore them from a backup"
        ));
    }
    let age_ms = oldest_ms.map_or(0, |oldest_ms| now_ms.saturating_sub(oldest_ms));
    match config.scrub.round {
        None => Ok(format!("{sessions} recordings, none of them is proven again by configuration")),
        Some(round) if age_ms > ms(round).saturating_mul(2).saturating_add(DAY_MS) => Err(format!(
            "a recording was not proven again for {} days: is the server running, is scrub.most_mb_per_second enough?",
            age_ms / DAY_MS
        )),
        Some(_) => Ok(format!("{sessions} recordings, no damage found")),
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn damage_and_delay_are_told() {
        let settings = Settings { data: Some("/x".into()), ..Settings::default() };
        let config = Config::load(None, settings).unwrap();
        let found = |damaged, age_ms| Scrubbed {
            sessions: 3,
            bytes: 9,
            damaged,
            oldest_ms: Some(100 * DAY_MS - age_ms),
        };
        let finding = |found| finding(&found, &config, 100 * DAY_MS);
        assert!(finding(found(0, 3 * DAY_MS)).is_ok());
        assert!(finding(found(0, 3 * DAY_MS + 1)).unwrap_err().starts_with("a recording was not proven"));
        assert!(finding(found(1, 0)).unwrap_err().starts_with("1 of 3 recordings are damaged"));
        assert!(finding(Scrubbed::default()).is_ok(), "there is nothing to prove");
    }
}
