//! Where copies of the audit log's signed heads are kept, besides the database.

use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

use super::ConfigError;

/// The table `audit_heads` of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadsSettings {
    /// A file they are appended to; its folder must exist, best on another machine.
    pub file: Option<PathBuf>,
    /// An HTTPS address they are posted to, without name, password or fragment.
    pub url: Option<String>,
    /// The issuers by whom that service's certificate is judged, a PEM file; those of the system without it.
    pub ca: Option<PathBuf>,
}

/// The same, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadsTo {
    /// A file they are appended to.
    pub file: Option<PathBuf>,
    /// An HTTPS address they are posted to.
    pub url: Option<Url>,
    /// The issuers by whom that service's certificate is judged.
    pub ca: Option<PathBuf>,
}

impl HeadsSettings {
    /// SECURITY: what stands in the address is shown by `doctor` and in the log.
    pub(super) fn check(self) -> Result<HeadsTo, ConfigError> {
        let Self { file, url, ca } = self;
        let url = match url.map(|text| Url::parse(&text)) {
            None => None,
            Some(Ok(url)) if fits(&url) => Some(url),
            Some(Ok(_) | Err(_)) => return Err(ConfigError::HeadsUrl),
        };
        Ok(HeadsTo { file, url, ca })
    }
}

fn fits(url: &Url) -> bool {
    let named = !url.username().is_empty() || url.password().is_some();
    url.scheme() == "https" && url.has_host() && !named && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_go_to_https_without_a_password() {
        let check =
            |url: &str| HeadsSettings { url: Some(url.to_owned()), ..HeadsSettings::default() }.check();
        assert_eq!(check("https://log.example/heads").unwrap().url.unwrap().path(), "/heads");
        for url in ["http://log.example/", "https://ada:x@log.example/", "https://log.example/#x", "log"] {
            assert!(matches!(check(url), Err(ConfigError::HeadsUrl)), "{url}");
        }
    }
}
