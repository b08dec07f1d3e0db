//! The login cookie. Its name begins with `__Host-`, so a browser takes it only over TLS, for this host and path `/`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use super::LoginToken;

const NAME: &str = "__Host-chaperone";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// The header that gives the browser its login.
pub(crate) fn login_cookie(token: &LoginToken) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let mut value =
        HeaderValue::from_str(&format!("{NAME}={}; {ATTRIBUTES}", URL_SAFE_NO_PAD.encode(token.bytes())))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The header that takes it away.
pub(crate) fn clear_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-chaperone=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// The token in a request's cookie. A cookie given twice counts for nothing.
pub(super) fn token(headers: &HeaderMap) -> Option<LoginToken> {
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == NAME)
        .map(|(_, value)| value);
    let value = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
    <[u8; 32]>::try_from(bytes).ok().map(LoginToken::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookies: &[&str]) -> Option<[u8; 32]> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        token(&headers).map(|token| *token.bytes())
    }

    #[test]
    fn what_is_set_is_read_back() {
        let set = login_cookie(&LoginToken::from_bytes([7; 32])).unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap();
        assert_eq!(read(&[pair]), Some([7; 32]));
        assert_eq!(read(&[&format!("a=b; {pair}")]), Some([7; 32]));
        assert_eq!(read(&[pair, pair]), None, "twice");
        assert_eq!(read(&[&pair.replace("__Host-", "")]), None, "another name");
        assert_eq!(read(&["__Host-chaperone=short"]), None);
    }
}
