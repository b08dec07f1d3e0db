use super::*;
use crate::SEED_LENGTH;

const ORIGIN: &str = "https://chaperone.example:8443";

#[test]
fn a_keyring_that_hangs_is_given_up() {
    let (release, released) = sync_channel::<()>(1);
    let hangs = move || {
        released.recv().ok();
        Err(keyring_core::Error::NoDefaultStore)
    };
    let opened = Keyring::open_with("chaperone", hangs, Duration::from_millis(10));
    assert!(matches!(opened, Err(KeystoreError::Slow { .. })));
    drop(release);
}

#[test]
fn a_keyring_that_breaks_is_an_error() {
    let opened = Keyring::open_with("chaperone", || panic!("on purpose"), PROBE);
    assert!(matches!(opened, Err(KeystoreError::Thread(_))));
}

#[cfg(target_os = "linux")]
mod secret_service {
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    /// This test program again, in a role of its own and with folders of its own.
    fn role(launcher: &mut Command, home: &Path) -> bool {
        for (variable, folder) in [("HOME", "home"), ("XDG_DATA_HOME", "data"), ("XDG_RUNTIME_DIR", "run")] {
            chaperone_paths::private::ensure_dir(&home.join(folder)).unwrap();
            launcher.env(variable, home.join(folder));
        }
        launcher.env("CHAPERONE_TEST", std::env::current_exe().unwrap()).stdin(Stdio::null());
        launcher.status().unwrap().success()
    }

    #[test]
    fn the_real_one_keeps_a_key() {
        let home = tempfile::tempdir().unwrap();
        let mut session = Command::new("dbus-run-session");
        session.args(["--", "sh", "-c"]).arg(
            "printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || exit 9; \
             \"$CHAPERONE_TEST\" --ignored --exact keyring::tests::secret_service::keeps_replaces_and_forgets",
        );
        assert!(role(&mut session, home.path()), "needs dbus-run-session and gnome-keyring-daemon");
    }

    #[test]
    fn without_one_the_error_says_what_to_do() {
        let home = tempfile::tempdir().unwrap();
        let mut alone = Command::new(std::env::current_exe().unwrap());
        alone.args(["--ignored", "--exact", "keyring::tests::secret_service::finds_no_keyring"]);
        alone.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/nothing", home.path().display()));
        assert!(role(&mut alone, home.path()));
    }

    #[test]
    #[ignore = "runs within a session bus with a keyring, started by the test above"]
    fn keeps_replaces_and_forgets() {
        let keyring = Keyring::open("chaperone").unwrap();
        assert!(keyring.load(ORIGIN).unwrap().is_none());
        // Bytes that are no text, and a second server beside the first.
        keyring.store(ORIGIN, &Seed::new([0xff; SEED_LENGTH])).unwrap();
        keyring.store(ORIGIN, &Seed::new([0; SEED_LENGTH])).unwrap();
        keyring.store("https://other.example", &Seed::new([3; SEED_LENGTH])).unwrap();
        let again = Keyring::open("chaperone").unwrap();
        assert_eq!(again.load(ORIGIN).unwrap().unwrap().as_slice(), [0; SEED_LENGTH]);
        assert!(Keyring::open("chaperone in another home").unwrap().load(ORIGIN).unwrap().is_none());
        assert!(again.delete(ORIGIN).unwrap());
        assert!(!again.delete(ORIGIN).unwrap());
        assert!(keyring.load(ORIGIN).unwrap().is_none());
        assert_eq!(keyring.load("https://other.example").unwrap().unwrap().as_slice(), [3; SEED_LENGTH]);
    }

    #[test]
    #[ignore = "runs without a session bus, started by the test above"]
    fn finds_no_keyring() {
        let error = Keyring::open("chaperone").unwrap_err();
        assert!(matches!(error, KeystoreError::NoKeyring(_)), "{error:?}");
        assert!(error.to_string().contains("in a file"));
    }
}
