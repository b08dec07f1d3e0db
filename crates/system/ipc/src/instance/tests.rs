use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

struct Place {
    _dir: tempfile::TempDir,
    endpoint: Endpoint,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::new(&dir.path().join("run"), "launcher").unwrap();
    Place { _dir: dir, endpoint }
}

fn listen(endpoint: &Endpoint) -> Listener {
    match Listener::bind(endpoint).unwrap() {
        Bound::Listener(listener) => listener,
        Bound::AlreadyRunning => panic!("somebody else is running"),
    }
}

async fn reach(endpoint: &Endpoint) -> Connection {
    match connect(endpoint).await.unwrap() {
        Reached::Connection(connection) => connection,
        Reached::NobodyThere => panic!("nobody there"),
    }
}

#[tokio::test]
async fn a_request_is_answered() {
    let place = place();
    let mut listener = listen(&place.endpoint);
    let server = async {
        let mut line = listener.accept().await.unwrap();
        assert_eq!(line.peer_pid(), Some(std::process::id()));
        let request = line.receive(PATIENCE).await.unwrap().unwrap();
        line.send(&[b"answer to ".as_slice(), &request].concat(), PATIENCE).await.unwrap();
        assert_eq!(line.receive(PATIENCE).await.unwrap(), None);
    };
    let client = async {
        let mut line = reach(&place.endpoint).await;
        line.send(b"link", PATIENCE).await.unwrap();
        assert_eq!(line.receive(PATIENCE).await.unwrap().as_deref(), Some(b"answer to link".as_slice()));
    };
    tokio::join!(server, client);
}

#[tokio::test]
async fn only_one_process_listens() {
    let place = place();
    let listener = listen(&place.endpoint);
    assert!(matches!(Listener::bind(&place.endpoint).unwrap(), Bound::AlreadyRunning));
    drop(listener);
    assert!(matches!(connect(&place.endpoint).await.unwrap(), Reached::NobodyThere));
    listen(&place.endpoint);
}

#[tokio::test]
async fn nobody_there_is_an_answer() {
    assert!(matches!(connect(&place().endpoint).await.unwrap(), Reached::NobodyThere));
}

#[tokio::test]
async fn claiming_is_first_or_connected() {
    let place = place();
    let Claim::First(mut listener) = claim(&place.endpoint, PATIENCE).await.unwrap() else {
        panic!("not first")
    };
    let Claim::Running(mut line) = claim(&place.endpoint, PATIENCE).await.unwrap() else {
        panic!("first again")
    };
    line.send(b"hello", PATIENCE).await.unwrap();
    let mut accepted = listener.accept().await.unwrap();
    assert_eq!(accepted.receive(PATIENCE).await.unwrap().as_deref(), Some(b"hello".as_slice()));
}

#[tokio::test]
async fn many_claimants_at_once_make_one_first() {
    let place = place();
    let claims = (0..8).map(|_| {
        let endpoint = place.endpoint.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let guard = runtime.enter();
            let claimed = runtime.block_on(claim(&endpoint, PATIENCE)).unwrap();
            drop(guard);
            // The runtime goes along: the listener's socket belongs to it.
            (claimed, runtime)
        })
    });
    let threads: Vec<_> = claims.collect();
    let claimed: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(claimed.iter().filter(|(claim, _)| matches!(claim, Claim::First(_))).count(), 1);
    // Dropping a runtime is not allowed within another one.
    std::thread::spawn(move || drop(claimed)).join().unwrap();
}

#[tokio::test]
async fn a_silent_peer_costs_only_the_time_given() {
    let place = place();
    let mut listener = listen(&place.endpoint);
    let _line = reach(&place.endpoint).await;
    let mut accepted = listener.accept().await.unwrap();
    assert!(matches!(accepted.receive(Duration::from_millis(10)).await, Err(IpcError::TimedOut)));
}

#[tokio::test]
async fn too_long_a_message_is_not_sent() {
    let place = place();
    let _listener = listen(&place.endpoint);
    let mut line = reach(&place.endpoint).await;
    let refused = line.send(&vec![0; MAX_FRAME + 1], PATIENCE).await;
    assert!(matches!(refused, Err(IpcError::TooLong { length }) if length == MAX_FRAME + 1));
}

#[cfg(unix)]
mod unix {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[tokio::test]
    async fn a_socket_left_by_a_crash_is_cleaned() {
        let place = place();
        chaperone_paths::private::ensure_dir(place.endpoint.run_dir()).unwrap();
        drop(UnixListener::bind(place.endpoint.socket_path()).unwrap());
        assert!(place.endpoint.socket_path().exists());
        assert!(matches!(connect(&place.endpoint).await.unwrap(), Reached::NobodyThere));
        let _listener = listen(&place.endpoint);
        reach(&place.endpoint).await;
    }

    #[tokio::test]
    async fn folder_and_socket_are_owner_only() {
        let place = place();
        let _listener = listen(&place.endpoint);
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(place.endpoint.run_dir()), 0o700);
        assert_eq!(mode(&place.endpoint.socket_path()), 0o600);
        assert_eq!(mode(&place.endpoint.lock_path()), 0o600);
    }

    #[tokio::test]
    async fn a_folder_open_to_others_is_refused() {
        let place = place();
        chaperone_paths::private::ensure_dir(place.endpoint.run_dir()).unwrap();
        std::fs::set_permissions(place.endpoint.run_dir(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Listener::bind(&place.endpoint), Err(IpcError::RunDir(_))));
        assert!(matches!(connect(&place.endpoint).await, Err(IpcError::RunDir(_))));
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let endpoint = Endpoint::new(&dir.path().join("x".repeat(120)), "launcher").unwrap();
        assert!(matches!(Listener::bind(&endpoint), Err(IpcError::PathTooLong { .. })));
        assert!(matches!(connect(&endpoint).await, Err(IpcError::PathTooLong { .. })));
    }

    /// Needs root, who alone can act as somebody else. The folder is opened on purpose, so that only the check of the
    /// peer stands between the stranger and the listener.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn another_user_is_turned_away() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let place = place();
        let mut listener = listen(&place.endpoint);
        let path = place.endpoint.socket_path();
        let open = std::fs::Permissions::from_mode(0o777);
        for path in [place._dir.path(), place.endpoint.run_dir(), &path] {
            std::fs::set_permissions(path, open.clone()).unwrap();
        }
        let stranger = std::thread::spawn({
            let path = path.clone();
            move || {
                let nobody = rustix::process::Uid::from_raw(65534);
                // This changes the user of this one thread, which ends with the closure.
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
                UnixStream::connect(path).unwrap()
            }
        });
        let mut stranger = stranger.join().unwrap();
        let friend = UnixStream::connect(&path).unwrap();
        let accepted = listener.accept().await.unwrap();
        assert_eq!(accepted.peer_pid(), Some(std::process::id()));
        let turned_away = tokio::task::spawn_blocking(move || stranger.read(&mut [0; 1])).await.unwrap();
        assert_eq!(turned_away.unwrap(), 0);
        drop(friend);
    }
}
