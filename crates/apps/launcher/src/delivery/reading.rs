//! Reading a batch from the spool: one bad file holds up no other.

use chaperone_spool::{Pending, SpoolError};

/// What could be read of a batch.
#[derive(Debug)]
pub(super) struct Read {
    /// The segments read, back to back.
    pub(super) body: Vec<u8>,
    /// Which they are.
    pub(super) sent: Vec<Pending>,
    /// Those that could not be read, and why.
    pub(super) failed: Vec<(Pending, SpoolError)>,
}

/// Reads each segment of `batch` by `segment`. Blocks.
pub(super) fn read(batch: &[Pending], segment: impl Fn(Pending) -> Result<Vec<u8>, SpoolError>) -> Read {
    let mut read = Read { body: Vec::new(), sent: Vec::new(), failed: Vec::new() };
    for pending in batch {
        match segment(*pending) {
            Ok(bytes) => {
                read.body.extend(bytes);
                read.sent.push(*pending);
            }
            Err(error) => read.failed.push((*pending, error)),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_that_cannot_be_read_is_named_and_the_rest_goes_on() {
        let pending = |number| Pending { track: 0, number, len: 1 };
        let batch = [pending(4), pending(5), pending(6)];
        let read = read(&batch, |segment| match segment.number {
            5 => Err(SpoolError::UnknownSegment { track: 0, number: 5 }),
            number => Ok(vec![u8::try_from(number).unwrap()]),
        });
        assert_eq!((read.body, read.sent), (vec![4, 6], vec![pending(4), pending(6)]));
        assert_eq!(read.failed.iter().map(|(pending, _)| pending.number).collect::<Vec<_>>(), [5]);
    }
}
