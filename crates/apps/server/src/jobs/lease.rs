//! Holding a job while it is worked on.

use std::time::Duration;

use chaperone_database::{Database, DatabaseError, Job};
use tokio::time::{MissedTickBehavior, interval};

use crate::time::now_ms;

/// How long a job is held without a sign of its holder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease(pub(super) Duration);

impl Lease {
    /// In milliseconds.
    pub(super) fn ms(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }

    /// Works while the job is held, and holds it for longer three times in each lease. Answers nothing when the job was lost
    /// to another worker meanwhile: the work is dropped then, for the other one does it.
    pub(super) async fn hold<T>(
        self,
        database: &Database,
        job: &Job,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, DatabaseError> {
        let mut work = std::pin::pin!(work);
        let mut renewals = interval(self.0 / 3);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                done = &mut work => return Ok(Some(done)),
                _ = renewals.tick() => {
                    if !database.renew_job(job, now_ms().saturating_add(self.ms())).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chaperone_access::{Role, SecretRight};
    use chaperone_database::{
        AuditEntry, JobKind, NewDevice, NewPerson, NewSecret, NewSession, NewTicket, SecretKind, SecretRow,
    };
    use chaperone_evidence::{DeviceId, SecretId, SessionId, UserId};
    use chaperone_seals::{Digest, PublicKey};
    use uuid::Uuid;

    use super::*;

    /// Far longer than the test machine may stand still between two renewals, far shorter than any real lease.
    const SHORT: Lease = Lease(Duration::from_millis(1500));
    const SESSION: SessionId = SessionId::new(Uuid::from_u128(4));

    /// A database with one job, which is leased.
    async fn leased() -> (tempfile::TempDir, Database, Job) {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(&dir.path().join("chaperone.db")).await.unwrap();
        let (actor, subject, detail) = ("test".to_owned(), String::new(), "{}".to_owned());
        let line = AuditEntry { at_ms: 1, actor, action: "test", subject, detail };
        let person = UserId::new(Uuid::from_u128(1));
        let (name, password) = ("ada".to_owned(), String::new());
        let new = NewPerson { id: person, name, role: Role::User, password, added_ms: 1 };
        database.add_person(&new, &line).await.unwrap();
        let secret = SecretRow {
            id: SecretId::new(Uuid::from_u128(2)),
            name: "db01".into(),
            kind: SecretKind::SshKey,
            host: "db01".into(),
            port: 22,
            account: "root".into(),
            domain: None,
            host_key: String::new(),
            recorded: true,
            freeze: false,
            added_ms: 1,
        };
        let rights = vec![(person, SecretRight::MayLaunch)];
        let new = NewSecret { entry: secret.clone(), sealed_value: Vec::new(), rights };
        database.add_secret(&new, &line).await.unwrap();
        let hash = Digest::of(b"code and ticket");
        database.add_enrolment(&hash, person, 100, &line).await.unwrap();
        let (id, key) = (DeviceId::new(Uuid::from_u128(3)), PublicKey::from_bytes([1; 32]));
        let device = NewDevice { id, name: "laptop".into(), system: "Linux".into(), key };
        database.enrol(&hash, &device, 1, &line).await.unwrap();
        let ticket = NewTicket { hash, person, secret: secret.id, issued_ms: 1, expires_ms: 100 };
        database.add_ticket(&ticket, &line).await.unwrap();
        let (opening, tracks) = (Vec::new(), Vec::new());
        let session = NewSession { id: SESSION, person, secret, device: id, opening, tracks, opened_ms: 1 };
        database.redeem(&hash, &hash, b"answer", Role::User, &session, &line).await.unwrap();
        database.add_job(JobKind::Compose, SESSION, 1).await.unwrap();
        let job = take(&database, 1).await.unwrap();
        (dir, database, job)
    }

    async fn take(database: &Database, number: u128) -> Option<Job> {
        let lease = Uuid::from_u128(number);
        database.lease_job(JobKind::Compose, lease, now_ms(), SHORT.ms()).await.unwrap()
    }

    #[tokio::test]
    async fn work_longer_than_its_lease_stays_its_workers() {
        let (_dir, database, job) = leased().await;
        let began = std::time::Instant::now();
        let work = async {
            while began.elapsed() < SHORT.0 * 2 {
                assert_eq!(take(&database, 2).await, None, "nobody else gets it");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            "done"
        };
        assert_eq!(SHORT.hold(&database, &job, work).await.unwrap(), Some("done"));
        assert!(database.finish_job(&job).await.unwrap());
    }

    #[tokio::test]
    async fn work_on_a_job_that_was_lost_is_dropped() {
        let (_dir, database, job) = leased().await;
        database.release_jobs().await.unwrap();
        let other = take(&database, 2).await.unwrap();
        let never = std::future::pending::<()>();
        assert_eq!(SHORT.hold(&database, &job, never).await.unwrap(), None);
        assert!(database.finish_job(&other).await.unwrap());
    }
}
