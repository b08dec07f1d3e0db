//! The pictures of one display or window.

use std::sync::{Arc, MutexGuard};

use block2::RcBlock;
use dispatch2::{DispatchQueue, DispatchRetained};
use objc2::AllocAnyThread as _;
use objc2::rc::Retained;
use objc2::runtime::ProtocolObject;
use objc2_core_media::CMTime;
use objc2_core_video::kCVPixelFormatType_32BGRA;
use objc2_foundation::NSError;
use objc2_screen_capture_kit::{SCStream, SCStreamConfiguration, SCStreamOutputType};

use super::handler::{Bell, Ears, Handler, Heard};
use super::shareable::{self, Subject};
use crate::{FrameRate, Size};

/// Pictures the system may have on the way; one is kept here.
const QUEUE: isize = 5;
const NANOS_PER_SECOND: i32 = 1_000_000_000;

/// Why a stream cannot be had, or is over.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("the system does not say what can be recorded")]
    Silent,
    #[error("what is to be recorded is not there any more")]
    Missing,
    #[error("macOS refused to record: {0}")]
    Refused(String),
    #[error("macOS stopped the recording: {0}")]
    Stopped(String),
}

impl Lost {
    /// What the system handed to a handler; its words where there are some.
    pub(super) fn from_system(error: *mut NSError) -> Self {
        Self::Refused(words(error).unwrap_or_else(|| "without words".to_owned()))
    }
}

/// A stream that runs until it is dropped.
pub(super) struct Stream {
    stream: Retained<SCStream>,
    /// Kept, as the stream only borrows it.
    _handler: Retained<Handler>,
    _queue: DispatchRetained<DispatchQueue>,
    ears: Arc<Ears>,
    size: Size,
    rate: FrameRate,
}

// SAFETY: the stream does its work on queues of its own and may be told from any thread; the handler holds nothing but a
// mutex, and the queue is made to be shared.
unsafe impl Send for Stream {}

impl Stream {
    /// Begins to record a subject in this size. Blocks while the system looks for it.
    pub(super) fn open(subject: Subject, size: Size, rate: FrameRate, bell: Arc<Bell>) -> Result<Self, Lost> {
        let filter = shareable::filter(subject)?;
        let ears = Arc::new(Ears::new(bell));
        let handler = Handler::new(Arc::clone(&ears));
        let queue = DispatchQueue::new("chaperone.capture", None);
        // SAFETY: all three are alive; the stream keeps the first two.
        let stream = unsafe {
            SCStream::initWithFilter_configuration_delegate(
                SCStream::alloc(),
                &filter,
                &configuration(size, rate),
                Some(ProtocolObject::from_ref(&*handler)),
            )
        };
        // SAFETY: the queue is a serial one, so the handler is called by one thread at a time.
        let added = unsafe {
            stream.addStreamOutput_type_sampleHandlerQueue_error(
                ProtocolObject::from_ref(&*handler),
                SCStreamOutputType::Screen,
                Some(&queue),
            )
        };
        added.map_err(|error| Lost::Refused(error.localizedDescription().to_string()))?;
        let told = Arc::clone(&ears);
        let on_started = RcBlock::new(move |error: *mut NSError| {
            if let Some(words) = words(error) {
                told.stop(words);
            }
        });
        // SAFETY: the block owns what it uses.
        unsafe { stream.startCaptureWithCompletionHandler(Some(&on_started)) };
        Ok(Self { stream, _handler: handler, _queue: queue, ears, size, rate })
    }

    /// Has the pictures come in another size. Those on the way have the size before.
    pub(super) fn resize(&mut self, size: Size) {
        if size != self.size {
            self.size = size;
            let on_done = told_of_failure("A stream keeps its size");
            // SAFETY: the block owns what it uses.
            unsafe {
                self.stream
                    .updateConfiguration_completionHandler(&configuration(size, self.rate), Some(&on_done));
            };
        }
    }

    pub(super) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.ears.lock()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let on_done = told_of_failure("A stream was not stopped");
        // SAFETY: the block owns what it uses.
        unsafe { self.stream.stopCaptureWithCompletionHandler(Some(&on_done)) };
    }
}

fn configuration(size: Size, rate: FrameRate) -> Retained<SCStreamConfiguration> {
    // SAFETY: takes no arguments.
    let configuration = unsafe { SCStreamConfiguration::new() };
    let interval = i64::try_from(rate.interval().as_nanos()).unwrap_or(i64::MAX);
    // SAFETY: takes numbers.
    let interval = unsafe { CMTime::new(interval, NANOS_PER_SECOND) };
    // SAFETY: takes a number, as the setters below do; the object is ours alone.
    unsafe { configuration.setWidth(size.width as usize) };
    // SAFETY: as above.
    unsafe { configuration.setHeight(size.height as usize) };
    // SAFETY: as above.
    unsafe { configuration.setMinimumFrameInterval(interval) };
    // SAFETY: as above.
    unsafe { configuration.setPixelFormat(kCVPixelFormatType_32BGRA) };
    // SAFETY: as above.
    unsafe { configuration.setScalesToFit(true) };
    // SAFETY: as above.
    unsafe { configuration.setShowsCursor(true) };
    // SAFETY: as above.
    unsafe { configuration.setQueueDepth(QUEUE) };
    configuration
}

fn told_of_failure(what: &'static str) -> RcBlock<dyn Fn(*mut NSError)> {
    RcBlock::new(move |error: *mut NSError| {
        if let Some(words) = words(error) {
            tracing::debug!(error = words, "{what}");
        }
    })
}

fn words(error: *mut NSError) -> Option<String> {
    // SAFETY: handlers are given an error that is alive for the length of the call, or none.
    unsafe { error.as_ref() }.map(|error| error.localizedDescription().to_string())
}
