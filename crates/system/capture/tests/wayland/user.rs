//! A portal back end whose user answers as a test says; the shares are mutter's own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use zbus::blocking;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, ObjectServer, Proxy, interface};

pub(crate) const NAME: &str = "org.freedesktop.impl.portal.desktop.chaperone";

const PATH: &str = "/org/freedesktop/portal/desktop";
const MUTTER: &str = "org.gnome.Mutter.ScreenCast";
const SESSION: &str = "org.gnome.Mutter.ScreenCast.Session";
const STREAM: &str = "org.gnome.Mutter.ScreenCast.Stream";

const GRANTED: u32 = 0;
const CANCELLED: u32 = 1;
const FAILED: u32 = 2;

type Options = HashMap<String, OwnedValue>;
type Response = (u32, Options);

/// What the user does when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Shares the monitor.
    Monitor,
    /// Shares the window that has the focus.
    Window,
    /// Says no.
    No,
    /// Nothing: the back end fails.
    Failure,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The portal's bits: 1 for monitors, 2 for windows.
    pub(crate) kinds: u32,
    /// Whether an earlier answer came along, so that nobody need be asked.
    pub(crate) has_answer: bool,
}

/// The user, and the portal back end that asks.
pub(crate) struct User {
    bus: blocking::Connection,
    state: Arc<Mutex<State>>,
}

struct State {
    answer: Answer,
    asked: Vec<Asked>,
    options: Options,
    /// The portal's session, and mutter's behind it.
    share: Option<(OwnedObjectPath, OwnedObjectPath)>,
}

impl User {
    /// Begins to answer on this bus.
    pub(crate) fn start(address: &str) -> Self {
        let state =
            State { answer: Answer::Monitor, asked: Vec::new(), options: Options::new(), share: None };
        let state = Arc::new(Mutex::new(state));
        let portal = ScreenCast { state: Arc::clone(&state) };
        let bus = blocking::connection::Builder::address(address).unwrap();
        let bus = bus.serve_at(PATH, portal).unwrap().name(NAME).unwrap().build().unwrap();
        Self { bus, state }
    }

    pub(crate) fn will(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    /// All that was asked, oldest first.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Ends what is shared.
    pub(crate) fn stop(&self) {
        let (session, cast) = self.state.lock().unwrap().share.take().unwrap();
        let session = self.bus.object_server().interface::<_, Session>(session).unwrap();
        zbus::block_on(Session::closed(session.signal_emitter())).unwrap();
        self.bus.call_method(Some(MUTTER), cast, Some(SESSION), "Stop", &()).unwrap();
    }
}

struct ScreenCast {
    state: Arc<Mutex<State>>,
}

#[interface(name = "org.freedesktop.impl.portal.ScreenCast")]
impl ScreenCast {
    async fn create_session(
        &self,
        _handle: OwnedObjectPath,
        session: OwnedObjectPath,
        _app: String,
        _options: Options,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> zbus::fdo::Result<Response> {
        server.at(&session, Session { state: Arc::clone(&self.state) }).await?;
        Ok((GRANTED, Options::new()))
    }

    fn select_sources(
        &self,
        _handle: OwnedObjectPath,
        _session: OwnedObjectPath,
        _app: String,
        options: Options,
    ) -> zbus::fdo::Result<Response> {
        self.state.lock().unwrap().options = options;
        Ok((GRANTED, Options::new()))
    }

    async fn start(
        &self,
        _handle: OwnedObjectPath,
        session: OwnedObjectPath,
        _app: String,
        _window: String,
        _options: Options,
        #[zbus(connection)] bus: &Connection,
    ) -> zbus::fdo::Result<Response> {
        let (answer, keeps) = {
            let mut state = self.state.lock().unwrap();
            let number =
                |name| state.options.get(name).and_then(|value| u32::try_from(value).ok()).unwrap_or(0);
            let (kinds, keeps) = (number("types"), number("persist_mode") > 0);
            let has_answer = state.options.contains_key("restore_data");
            state.asked.push(Asked { kinds, has_answer });
            (state.answer, keeps)
        };
        match answer {
            Answer::No => return Ok((CANCELLED, Options::new())),
            Answer::Failure => return Ok((FAILED, Options::new())),
            Answer::Monitor | Answer::Window => {}
        }
        let (cast, node, mut shape) = share(bus, answer).await?;
        self.state.lock().unwrap().share = Some((session, cast));
        let kind = if answer == Answer::Window { 2 } else { 1_u32 };
        shape.insert("source_type".to_owned(), kind.into());
        let mut results = Options::from([("streams".to_owned(), owned(vec![(node, shape)]))]);
        if keeps {
            results.insert("persist_mode".to_owned(), 2_u32.into());
            results
                .insert("restore_data".to_owned(), owned(("chaperone", 1_u32, Value::from("shared before"))));
        }
        Ok((GRANTED, results))
    }

    #[zbus(property)]
    fn available_source_types(&self) -> u32 {
        0b011
    }

    #[zbus(property)]
    fn available_cursor_modes(&self) -> u32 {
        0b111
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        4
    }
}

struct Session {
    state: Arc<Mutex<State>>,
}

#[interface(name = "org.freedesktop.impl.portal.Session")]
impl Session {
    async fn close(&self, #[zbus(connection)] bus: &Connection) -> zbus::fdo::Result<()> {
        let share = self.state.lock().unwrap().share.take();
        if let Some((_, cast)) = share {
            bus.call_method(Some(MUTTER), cast, Some(SESSION), "Stop", &()).await?;
        }
        Ok(())
    }

    #[zbus(signal)]
    async fn closed(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}

/// Has mutter share what the user chose: its session, the stream's node, and the stream's place and size.
async fn share(bus: &Connection, answer: Answer) -> zbus::Result<(OwnedObjectPath, u32, Options)> {
    // The pointer is drawn into the picture.
    let options = HashMap::from([("cursor-mode", Value::from(1_u32))]);
    let none = HashMap::<&str, Value<'_>>::new();
    let mutter = Proxy::new(bus, MUTTER, "/org/gnome/Mutter/ScreenCast", MUTTER).await?;
    let cast: OwnedObjectPath = mutter.call("CreateSession", &(none,)).await?;
    let session = Proxy::new(bus, MUTTER, ObjectPath::from(cast.clone()), SESSION).await?;
    let stream: OwnedObjectPath = if answer == Answer::Window {
        session.call("RecordWindow", &(options,)).await?
    } else {
        // The name of no monitor is the first one's.
        session.call("RecordMonitor", &("", options)).await?
    };
    let stream = Proxy::new(bus, MUTTER, ObjectPath::from(stream), STREAM).await?;
    let mut added = stream.receive_signal("PipeWireStreamAdded").await?;
    session.call::<_, _, ()>("Start", &()).await?;
    let added = added.next().await.ok_or(zbus::Error::Failure("no stream".to_owned()))?;
    let node: u32 = added.body().deserialize()?;
    let mut shape: Options = stream.get_property("Parameters").await?;
    shape.retain(|name, _| name == "position" || name == "size");
    Ok((cast, node, shape))
}

fn owned<'a>(value: impl Into<Value<'a>>) -> OwnedValue {
    value.into().try_into().unwrap()
}
