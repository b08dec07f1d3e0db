//! Reading a Windows security descriptor in its text form: who besides the owner can reach the object?
//!
//! The text form is used because it can be read, and tested, without a single raw pointer.

/// Who can reach a file or folder.
#[cfg_attr(not(windows), expect(unreachable_pub, reason = "public where there are such descriptors"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Only this user, the system and administrators.
    OwnerOnly,
    /// Somebody else can read it.
    Readable,
    /// Somebody else can change it, or rights are given in a way not understood here.
    Writable,
    /// It belongs to somebody else.
    Foreign,
}

/// Judges `descriptor` (owner and access list as `O:…D:…`) for the user written `user` in the same notation.
///
/// The system (`SY`) and administrators (`BA`) can take any object anyway; a rule for them exposes nothing. A file made
/// by an elevated process belongs to `BA`.
pub(crate) fn exposure(descriptor: &str, user: &str) -> Exposure {
    if !owner(descriptor).is_some_and(|owner| owner == user || owner == "BA") {
        return Exposure::Foreign;
    }
    // No access list at all, or the explicit word for it, means everybody.
    let Some((_, rules)) = descriptor.split_once("D:") else { return Exposure::Writable };
    let rules = rules.split_once("S:").map_or(rules, |(rules, _)| rules);
    if rules.contains("NO_ACCESS_CONTROL") {
        return Exposure::Writable;
    }
    let mut found = Exposure::OwnerOnly;
    for rule in rules.split('(').skip(1) {
        let mut fields = rule.trim_end_matches(')').split(';');
        let (Some(kind), Some(_flags), Some(rights)) = (fields.next(), fields.next(), fields.next()) else {
            return Exposure::Writable;
        };
        let Some(who) = fields.nth(2) else { return Exposure::Writable };
        let trusted = who == user || ["SY", "BA", "CO", "OW"].contains(&who);
        match kind {
            "D" | "OD" => {}
            _ if trusted => {}
            "A" if only_reads(rights) => found = Exposure::Readable,
            _ => return Exposure::Writable,
        }
    }
    found
}

/// The owner of a descriptor, as written.
pub(crate) fn owner(descriptor: &str) -> Option<&str> {
    let rest = descriptor.strip_prefix("O:")?;
    // The next part begins with one of the letters of `G:`, `D:` and `S:`; identifiers hold no colon.
    let end = rest.find(':').map_or(rest.len(), |colon| colon.saturating_sub(1));
    rest.get(..end)
}

fn only_reads(rights: &str) -> bool {
    /// Read data, read attributes (plain and extended), execute, read control, synchronise, generic read and execute.
    const READS: u32 =
        0x0001 | 0x0008 | 0x0080 | 0x0020 | 0x0002_0000 | 0x0010_0000 | 0x8000_0000 | 0x2000_0000;
    if let Some(mask) = rights.strip_prefix("0x") {
        return u32::from_str_radix(mask, 16).is_ok_and(|mask| mask & !READS == 0);
    }
    let codes: Vec<&str> =
        rights.as_bytes().chunks(2).map(|code| str::from_utf8(code).unwrap_or_default()).collect();
    codes.iter().all(|code| ["FR", "FX", "GR", "GX", "RC"].contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "S-1-5-21-1-2-3-1001";

    fn check(descriptor: &str, expected: Exposure) {
        assert_eq!(exposure(&descriptor.replace("USER", USER), USER), expected, "{descriptor}");
    }

    #[test]
    fn what_we_make_is_owner_only() {
        check("O:USERD:P(A;OICI;FA;;;USER)(A;OICI;FA;;;SY)", Exposure::OwnerOnly);
        check("O:USERG:DUD:P(A;OICI;FA;;;USER)(A;OICI;FA;;;SY)", Exposure::OwnerOnly);
        check("O:BAD:AI(A;ID;FA;;;USER)(A;ID;FA;;;BA)", Exposure::OwnerOnly);
        check("O:USERD:P(D;;FA;;;WD)(A;;FA;;;USER)", Exposure::OwnerOnly);
    }

    #[test]
    fn readers_and_writers_are_told_apart() {
        check("O:USERD:(A;;FR;;;WD)", Exposure::Readable);
        check("O:USERD:(A;;FRFX;;;BU)", Exposure::Readable);
        check("O:USERD:(A;;0x1200a9;;;BU)", Exposure::Readable);
        check("O:USERD:(A;;0x1301bf;;;AU)", Exposure::Writable);
        check("O:USERD:(A;;FR;;;WD)(A;;FRFW;;;BU)", Exposure::Writable);
        check("O:USERD:(A;;FA;;;S-1-5-21-1-2-3-1002)", Exposure::Writable);
    }

    #[test]
    fn anything_not_understood_counts_as_open() {
        check("O:USER", Exposure::Writable);
        check("O:USERD:NO_ACCESS_CONTROL", Exposure::Writable);
        check("O:USERD:(A;;FR)", Exposure::Writable);
        check("O:USERD:(XA;;FR;;;WD;(@User.x))", Exposure::Writable);
        check("O:USERD:(A;;FRQ;;;WD)", Exposure::Writable);
    }

    #[test]
    fn another_owner_is_foreign() {
        check("O:S-1-5-21-1-2-3-1002D:P(A;;FA;;;USER)", Exposure::Foreign);
        check("D:P(A;;FA;;;USER)", Exposure::Foreign);
        check("", Exposure::Foreign);
    }
}
