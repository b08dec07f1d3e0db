//! One message on the wire: its length as a big-endian `u32`, then that many bytes.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest message, in bytes.
pub const MAX_FRAME: usize = 64 * 1024;

/// Bytes of the length in front of each message.
pub(crate) const PREFIX: usize = 4;

/// The length in front of a message of `length` bytes; `None` if it is too long.
pub(crate) fn prefix(length: usize) -> Option<[u8; PREFIX]> {
    if length > MAX_FRAME {
        return None;
    }
    u32::try_from(length).ok().map(u32::to_be_bytes)
}

/// The length a prefix announces; `None` if it is longer than allowed.
pub(crate) fn announced(prefix: [u8; PREFIX]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(prefix)).ok().filter(|length| *length <= MAX_FRAME)
}

/// Writes one message, already known to be short enough.
pub(crate) async fn write(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    let prefix = prefix(message.len()).ok_or(io::ErrorKind::InvalidInput)?;
    stream.write_all(&prefix).await?;
    stream.write_all(message).await?;
    stream.flush().await
}

/// Reads one message; `None` at an end of the stream between messages.
///
/// Memory is taken only for bytes that have arrived: an announced length costs nothing.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut prefix = [0; PREFIX];
    if stream.read(&mut prefix[..1]).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut prefix[1..]).await?;
    let length = announced(prefix).ok_or(io::ErrorKind::InvalidData)?;
    let mut message = Vec::new();
    let mut limited = stream.take(u64::try_from(length).map_err(io::Error::other)?);
    limited.read_to_end(&mut message).await?;
    if message.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_come_back_in_order() {
        let (mut near, mut far) = tokio::io::duplex(256 * 1024);
        let messages = [b"".to_vec(), b"one".to_vec(), vec![7; MAX_FRAME]];
        for message in &messages {
            write(&mut near, message).await.unwrap();
        }
        drop(near);
        for message in messages {
            assert_eq!(read(&mut far).await.unwrap(), Some(message));
        }
        assert_eq!(read(&mut far).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_too_long_is_neither_sent_nor_read() {
        let (mut near, mut far) = tokio::io::duplex(64);
        let error = write(&mut near, &vec![0; MAX_FRAME + 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        for announced in [u32::try_from(MAX_FRAME).unwrap() + 1, u32::MAX] {
            near.write_all(&announced.to_be_bytes()).await.unwrap();
            assert_eq!(read(&mut far).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }

    #[tokio::test]
    async fn a_stream_cut_within_a_message_is_an_error() {
        for cut in [b"\0".as_slice(), b"\0\0\0\x05", b"\0\0\0\x05abcd"] {
            let mut stream = cut;
            assert_eq!(read(&mut stream).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{cut:?}");
        }
    }
}
