//! Real FreeRDP on an own screen.

use chaperone_clients::rdp::{FreeRdp, RdpEnd, RdpLaunch, RdpScreen, RdpSharing, start};
use chaperone_clients::{AccountName, CertificatePin, ClientTree, SessionFolder, TargetHost, WindowTitle};

use crate::support::{block_on, free_port, mark, on_own_screen};

#[test]
fn a_silent_port_is_told_in_words_and_leaves_no_trace() {
    on_own_screen("rdp::a_silent_port_is_told_in_words_and_leaves_no_trace", || {
        let run = tempfile::tempdir().unwrap();
        let program = FreeRdp::find().unwrap();
        let tree = ClientTree::new(&mark("rdp")).unwrap();
        let folder = SessionFolder::create(run.path(), "s1").unwrap();
        let launch = RdpLaunch {
            host: TargetHost::parse("127.0.0.1").unwrap(),
            port: free_port(),
            account: AccountName::parse("alice").unwrap(),
            domain: None,
            password: "sesame".into(),
            certificate: CertificatePin::new([1; 32]),
            screen: RdpScreen { width: 800, height: 600, follows_window: false },
            sharing: RdpSharing::default(),
            title: WindowTitle::cleaned("test session"),
        };
        let client = start(&tree, &folder, &program, &launch).unwrap();
        let exit = block_on(client.client().exited());
        assert_eq!(client.why_ended(), Some(RdpEnd::Unreachable), "{exit:?}");
    });
}
