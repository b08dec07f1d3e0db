//! Enums of `evidence` as text, by the codes they have there, and hashes in hex.

use chaperone_evidence::{EndReason, GapCause};
use chaperone_seals::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

pub(crate) mod end_reason {
    use super::{Deserialize, Deserializer, EndReason, Error, Serializer};

    pub(crate) fn serialize<S: Serializer>(reason: &EndReason, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(reason.code())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EndReason, D::Error> {
        let code = String::deserialize(deserializer)?;
        let known = EndReason::ALL.into_iter().find(|reason| reason.code() == code);
        known.ok_or_else(|| D::Error::custom("unknown reason of an end"))
    }
}

pub(crate) mod gap_cause {
    use super::{Deserialize, Deserializer, Error, GapCause, Serializer};

    pub(crate) fn serialize<S: Serializer>(cause: &GapCause, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(cause.code())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GapCause, D::Error> {
        let code = String::deserialize(deserializer)?;
        let known = GapCause::ALL.into_iter().find(|cause| cause.code() == code);
        known.ok_or_else(|| D::Error::custom("unknown cause of a gap"))
    }
}

pub(crate) mod digest {
    use super::{Deserialize, Deserializer, Digest, Error, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        digest: &Option<Digest>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        digest.map(|digest| digest.to_string()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Digest>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(|_| D::Error::custom("not a hash in hex"))).transpose()
    }
}
