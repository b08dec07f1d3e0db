//! Who calls, as the guard found out.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use chaperone_access::Role;
use chaperone_evidence::UserId;
use chaperone_protocol::ErrorCode;
use chaperone_seals::Digest;
use http::request::Parts;
use zeroize::ZeroizeOnDrop;

use super::Problem;
use crate::audit::{Actor, By};

/// The person who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Names the login, for ending it.
    pub(crate) login: Digest,
}

impl Caller {
    pub(crate) const fn actor(&self) -> Actor {
        Actor::Person(self.id)
    }

    pub(crate) fn by(&self) -> By<'_> {
        By { actor: self.actor(), name: &self.name }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    /// INVARIANT: the guard puts the caller there on every route for people, so this fails only on a route that is not
    /// one; then it must.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::new(ErrorCode::LoginNeeded, "nobody is logged in");
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

/// The address a request came from. Behind a proxy, the proxy's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::new(ErrorCode::Internal, "the connection has no address");
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| Self(info.0.ip())).ok_or_else(missing)
    }
}

/// What proves a login: 256 random bits, of which the server keeps only the hash.
#[derive(ZeroizeOnDrop)]
pub(crate) struct LoginToken([u8; 32]);

impl LoginToken {
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn hash(&self) -> Digest {
        Digest::of(&self.0)
    }
}
