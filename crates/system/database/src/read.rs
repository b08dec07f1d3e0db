//! Columns to types and back.

use chaperone_evidence::{DeviceId, SecretId, SessionId, UserId};
use chaperone_seals::{Digest, PublicKey};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::DatabaseError;

/// A type with one stored form.
pub(crate) trait Column: Sized {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError>;
}

pub(crate) fn get<T: Column>(row: &SqliteRow, column: &'static str) -> Result<T, DatabaseError> {
    T::read(row, column)
}

impl Column for String {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        Ok(row.try_get(column)?)
    }
}

impl Column for Vec<u8> {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        Ok(row.try_get(column)?)
    }
}

impl Column for u64 {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        Self::try_from(row.try_get::<i64, _>(column)?).map_err(|_| DatabaseError::Damaged { column })
    }
}

impl Column for u32 {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        Self::try_from(row.try_get::<i64, _>(column)?).map_err(|_| DatabaseError::Damaged { column })
    }
}

impl Column for u16 {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        Self::try_from(row.try_get::<i64, _>(column)?).map_err(|_| DatabaseError::Damaged { column })
    }
}

impl Column for bool {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        Ok(row.try_get::<i64, _>(column)? != 0)
    }
}

impl<T: Column> Column for Option<T> {
    fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
        use sqlx::ValueRef as _;
        if row.try_get_raw(column)?.is_null() { Ok(None) } else { T::read(row, column).map(Some) }
    }
}

macro_rules! id_column {
    ($($name:ident),+) => {$(
        impl Column for $name {
            fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
                let bytes: Vec<u8> = row.try_get(column)?;
                Uuid::from_slice(&bytes).map(Self::new).map_err(|_| DatabaseError::Damaged { column })
            }
        }
    )+};
}
id_column!(DeviceId, SecretId, SessionId, UserId);

macro_rules! bytes_column {
    ($($name:ident),+) => {$(
        impl Column for $name {
            fn read(row: &SqliteRow, column: &'static str) -> Result<Self, DatabaseError> {
                let bytes: Vec<u8> = row.try_get(column)?;
                let bytes = bytes.try_into().map_err(|_| DatabaseError::Damaged { column })?;
                Ok(Self::from_bytes(bytes))
            }
        }
    )+};
}
bytes_column!(Digest, PublicKey);

/// The sixteen bytes of an id, as they are bound.
macro_rules! id {
    ($id:expr) => {
        $id.as_bytes().as_slice()
    };
}
pub(crate) use id;

/// Milliseconds and counts as SQLite holds them. They stay far below 2⁶³.
pub(crate) const fn int(value: u64) -> i64 {
    value.cast_signed()
}
