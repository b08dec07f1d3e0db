use serde::{Deserialize, Serialize};

/// What one user may do with one secret. The value itself is shown to nobody.
///
/// `MayLaunch` stands apart from `MaySee`: someone may know that an account exists and on which machine, without being
/// allowed to use it. Launching shows the entry too, for one cannot click what one cannot see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretRight {
    /// The entry is listed: name, kind, target, account.
    MaySee,
    /// The entry is listed and may be launched.
    MayLaunch,
}

impl SecretRight {
    /// Whether this right lets its holder launch the secret.
    #[must_use]
    pub const fn launches(self) -> bool {
        match self {
            Self::MaySee => false,
            Self::MayLaunch => true,
        }
    }
}
