//! Where right inputs come from: the vectors of `docs/format.md` and the kept bundles.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const VECTORS: &str = include_str!("../../../../docs/vectors/v1.txt");

/// The kept bundles.
pub(super) const BUNDLES: [&[u8]; 8] = [
    include_bytes!("../../../golden/whole.bundle"),
    include_bytes!("../../../golden/gaps.bundle"),
    include_bytes!("../../../golden/two-tracks.bundle"),
    include_bytes!("../../../golden/recovered.bundle"),
    include_bytes!("../../../golden/missing.bundle"),
    include_bytes!("../../../golden/open.bundle"),
    include_bytes!("../../../golden/unrecorded.bundle"),
    include_bytes!("../../../golden/film.bundle"),
];

/// Fingerprint of the root the bundles were signed under, in hex.
pub(super) const BUNDLES_ROOT: &str = include_str!("../../../golden/root.txt");

static BY_NAME: LazyLock<BTreeMap<&'static str, Vec<u8>>> = LazyLock::new(|| {
    let mut lines = VECTORS.lines();
    let mut vectors = BTreeMap::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        let bytes = if name.starts_with("text: ") {
            value.as_bytes().to_vec()
        } else {
            hex::decode(value).unwrap_or_else(|error| panic!("the vector {name} is not hex: {error}"))
        };
        vectors.insert(name, bytes);
        lines.next();
    }
    vectors
});

/// A vector by its name.
pub(super) fn vector(name: &str) -> &'static [u8] {
    BY_NAME.get(name).unwrap_or_else(|| panic!("there is no vector {name}"))
}

/// Vectors by their names.
pub(super) fn vectors(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| vector(name).to_vec()).collect()
}
