//! The PipeWire side: a loop on a thread of its own, which copies pictures and tells how the stream stands.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chaperone_tasks::Thread;
use pipewire::buffer::Buffer;
use pipewire::channel::{Receiver, Sender, channel};
use pipewire::context::ContextRc;
use pipewire::core::PW_ID_CORE;
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::properties;
use pipewire::spa::buffer::ChunkFlags;
use pipewire::spa::buffer::meta::{MetaHeader, MetaHeaderFlags, MetaVideoCrop};
use pipewire::spa::param::ParamType;
use pipewire::spa::param::video::{VideoFormat, VideoInfoRaw};
use pipewire::spa::pod::Pod;
use pipewire::spa::utils::Direction;
use pipewire::stream::{Stream, StreamBox, StreamFlags, StreamState};
use rustix::time::{ClockId, clock_gettime};

use super::age::taken_at;
use super::buffer::{Format, Layout, Order, read};
use super::flow::Heard;
use super::inbox::{Inbox, Sent};
use super::params;
use crate::{FrameRate, Rect, Size};

/// A stream being received. Dropped, it ends; that takes some milliseconds.
#[derive(Debug)]
pub(super) struct Reception {
    end: End,
    _thread: Thread,
}

struct End(Sender<()>);

impl std::fmt::Debug for End {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("End")
    }
}

impl Reception {
    /// Begins to receive `node` of the PipeWire that `remote` leads to.
    pub(super) fn start(
        remote: OwnedFd,
        node: u32,
        rate: FrameRate,
        inbox: Arc<Inbox>,
    ) -> std::io::Result<Self> {
        let (end, ended) = channel();
        let thread = Thread::start("pipewire", move || {
            if let Err(error) = receive(remote, node, rate, &inbox, ended) {
                inbox.hear(Heard::Ended(format!("PipeWire cannot be used: {error}")));
            }
        })?;
        Ok(Self { end: End(end), _thread: thread })
    }
}

impl Drop for Reception {
    fn drop(&mut self) {
        if self.end.0.send(()).is_err() {
            tracing::debug!("PipeWire's loop ended by itself");
        }
    }
}

fn receive(
    remote: OwnedFd,
    node: u32,
    rate: FrameRate,
    inbox: &Arc<Inbox>,
    ended: Receiver<()>,
) -> Result<(), Box<dyn std::error::Error>> {
    pipewire::init();
    let main_loop = MainLoopRc::new(None)?;
    let _ended = ended.attach(main_loop.loop_(), {
        let main_loop = main_loop.clone();
        move |()| main_loop.quit()
    });
    let core = ContextRc::new(&main_loop, None)?.connect_fd_rc(remote, None)?;
    let told = Arc::clone(inbox);
    let _core_listener = core
        .add_listener_local()
        .error(move |id, _, _, message| {
            if id == PW_ID_CORE {
                told.hear(Heard::Ended(format!("PipeWire ended: {message}")));
            }
        })
        .register();
    let stream = StreamBox::new(
        &core,
        "chaperone",
        properties! {
            *pipewire::keys::MEDIA_TYPE => "Video",
            *pipewire::keys::MEDIA_CATEGORY => "Capture",
            *pipewire::keys::MEDIA_ROLE => "Screen",
        },
    )?;
    let told = Arc::clone(inbox);
    let copier = Copier { inbox: Arc::clone(inbox), format: None, spare: Vec::new() };
    let _stream_listener = stream
        .add_local_listener_with_user_data(copier)
        .state_changed(move |_, _, _, state| told.hear(heard(state)))
        .param_changed(|stream, copier, id, param| {
            if id == ParamType::Format.as_raw() {
                copier.agree(stream, param);
            }
        })
        .process(|stream, copier| copier.copy(stream))
        .register()?;
    let formats = params::formats(rate)?;
    let mut offers: Vec<&Pod> = Pod::from_bytes(&formats).into_iter().collect();
    // SECURITY: without the last flag a stream whose source is gone might be linked to another one.
    let flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS | StreamFlags::DONT_RECONNECT;
    stream.connect(Direction::Input, Some(node), flags, &mut offers)?;
    main_loop.run();
    Ok(())
}

fn heard(state: StreamState) -> Heard {
    match state {
        StreamState::Error(words) => Heard::Ended(format!("PipeWire gave the stream up: {words}")),
        StreamState::Unconnected => Heard::Unconnected,
        StreamState::Connecting => Heard::Connecting,
        StreamState::Paused => Heard::Paused,
        StreamState::Streaming => Heard::Streaming,
    }
}

/// What the loop keeps between two buffers.
struct Copier {
    inbox: Arc<Inbox>,
    format: Option<Format>,
    spare: Vec<u8>,
}

impl Copier {
    /// A format was agreed on, the first or another one; buffers come only once they were asked for.
    fn agree(&mut self, stream: &Stream, param: Option<&Pod>) {
        self.format = param.and_then(format_of);
        let Some(format) = self.format else { return };
        self.inbox.agree(format.size);
        let asked = params::buffers().map_err(|error| error.to_string()).and_then(|params| {
            let mut pods: Vec<&Pod> = params.iter().filter_map(|bytes| Pod::from_bytes(bytes)).collect();
            stream.update_params(&mut pods).map_err(|error| error.to_string())
        });
        if let Err(error) = asked {
            self.inbox.hear(Heard::Ended(format!("PipeWire refused our buffers: {error}")));
        }
    }

    /// Copies the latest picture there is; older ones give their buffers back unread.
    fn copy(&mut self, stream: &Stream) {
        let Some(format) = self.format else { return };
        let buffers = std::iter::from_fn(|| stream.dequeue_buffer());
        let Some((mut buffer, layout, pts)) = buffers.filter_map(looked_at).last() else { return };
        let Some(bytes) = buffer.datas_mut().first_mut().and_then(|data| data.data()) else { return };
        let Some(size) = read(format, layout, bytes, &mut self.spare) else { return };
        drop(buffer);
        let taken_at = taken_at(pts, monotonic(), Instant::now());
        let pixels = std::mem::take(&mut self.spare);
        self.spare = self.inbox.put(Sent { pixels, size, taken_at });
    }
}

/// A buffer with pixels in it, where they lie, and when they were taken.
fn looked_at(mut buffer: Buffer<'_>) -> Option<(Buffer<'_>, Layout, Option<i64>)> {
    let header = buffer.find_meta::<MetaHeader>();
    if header.is_some_and(|header| header.flags().contains(MetaHeaderFlags::CORRUPTED)) {
        return None;
    }
    let pts = header.map(MetaHeader::pts);
    let crop = buffer.find_meta::<MetaVideoCrop>().and_then(crop_of);
    let data = buffer.datas_mut().first_mut()?;
    let chunk = data.chunk();
    if chunk.size() == 0 || chunk.flags().contains(ChunkFlags::CORRUPTED) {
        return None;
    }
    let layout = Layout {
        offset: usize::try_from(chunk.offset()).ok()?,
        length: usize::try_from(chunk.size()).ok()?,
        stride: usize::try_from(chunk.stride()).ok()?,
        crop,
    };
    Some((buffer, layout, pts))
}

fn crop_of(crop: &MetaVideoCrop) -> Option<Rect> {
    let region = crop.meta_region();
    let (at, size) = (region.position(), region.size());
    let rect = Rect {
        x: u32::try_from(at.x).ok()?,
        y: u32::try_from(at.y).ok()?,
        width: size.width,
        height: size.height,
    };
    (!rect.is_empty()).then_some(rect)
}

fn format_of(param: &Pod) -> Option<Format> {
    let mut video = VideoInfoRaw::new();
    video.parse(param).ok()?;
    let order = match video.format() {
        VideoFormat::BGRx | VideoFormat::BGRA => Order::Bgr,
        VideoFormat::RGBx | VideoFormat::RGBA => Order::Rgb,
        _ => return None,
    };
    let size = video.size();
    Some(Format { size: Size::new(size.width, size.height), order })
}

fn monotonic() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}
