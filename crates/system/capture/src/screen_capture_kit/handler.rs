//! What the system calls when a stream has news.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use objc2::rc::Retained;
use objc2::runtime::{NSObject, NSObjectProtocol};
use objc2::{AllocAnyThread, DefinedClass, define_class, msg_send};
use objc2_core_media::CMSampleBuffer;
use objc2_foundation::NSError;
use objc2_screen_capture_kit::{SCStream, SCStreamDelegate, SCStreamOutput, SCStreamOutputType};

use super::frame::{self, Picture, Sample};
use crate::area::Area;
use crate::changes::Changes;
use crate::sheet::Sheet;

/// Wakes the thread that records when any of its streams has news.
#[derive(Debug, Default)]
pub(super) struct Bell {
    has_rung: Mutex<bool>,
    rung: Condvar,
}

impl Bell {
    pub(super) fn ring(&self) {
        *self.lock() = true;
        self.rung.notify_all();
    }

    /// Whether it rang since this was asked last.
    pub(super) fn answer(&self) -> bool {
        std::mem::take(&mut *self.lock())
    }

    /// Sleeps until it rings, or until `until`.
    pub(super) fn wait(&self, until: Instant) {
        let has_rung = self.lock();
        if !*has_rung {
            let left = until.saturating_duration_since(Instant::now());
            drop(self.rung.wait_timeout(has_rung, left).unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.has_rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was heard of one stream.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) sheet: Sheet,
    /// Kept to be read as a whole: what is told of changes is a hint.
    latest: Option<Picture>,
    /// Parts of the latest picture were not read, as nothing told of a change there.
    is_partial: bool,
    /// Since it was painted, in its own pixels.
    pub(super) changes: Changes,
    /// The display shows nothing.
    pub(super) is_dark: bool,
    /// Why the stream is over.
    pub(super) stopped: Option<String>,
}

impl Heard {
    fn take_in(&mut self, sample: Sample) {
        match sample {
            Sample::Drawn { picture, changed } => {
                self.is_dark = false;
                let is_known = picture.size() == self.sheet.size();
                self.copy(&picture, changed.filter(|_| is_known));
                self.latest = Some(picture);
            }
            Sample::Idle => {
                self.is_dark = false;
                self.complete();
            }
            Sample::Dark => self.is_dark = true,
            Sample::Passing => {}
        }
    }

    /// Reads what was left away of the latest picture.
    pub(super) fn complete(&mut self) {
        if std::mem::take(&mut self.is_partial)
            && let Some(latest) = self.latest.take()
        {
            self.copy(&latest, None);
            self.latest = Some(latest);
        }
    }

    fn copy(&mut self, picture: &Picture, changed: Option<Vec<Area>>) {
        let size = picture.size();
        let whole = Area::of(size);
        self.is_partial = changed.is_some();
        let Self { sheet, changes, .. } = self;
        picture.look(|pixels| {
            if sheet.size() != size {
                sheet.reset(size);
            }
            let parts: Vec<Area> =
                changed.unwrap_or_else(|| vec![whole]).into_iter().map(|part| part.common(whole)).collect();
            for part in &parts {
                let rect = part.in_picture_of(whole);
                if let Some((rect, pixels)) = rect.and_then(|rect| Some((rect, pixels.part(rect)?))) {
                    sheet.put(rect.x, rect.y, pixels);
                }
            }
            changes.add(Some(parts));
        });
    }
}

/// Shared by a stream and what the system calls.
#[derive(Default)]
pub(super) struct Ears {
    heard: Mutex<Heard>,
    bell: Arc<Bell>,
}

impl Ears {
    pub(super) fn new(bell: Arc<Bell>) -> Self {
        Self { heard: Mutex::default(), bell }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in why the stream is over; the first cause stays.
    pub(super) fn stop(&self, reason: String) {
        self.lock().stopped.get_or_insert(reason);
        self.bell.ring();
    }
}

define_class!(
    // SAFETY: NSObject asks nothing of its subclasses, and this one has no `Drop`.
    #[unsafe(super(NSObject))]
    #[name = "ChaperoneStreamHandler"]
    #[ivars = Arc<Ears>]
    pub(super) struct Handler;

    unsafe impl NSObjectProtocol for Handler {}

    unsafe impl SCStreamOutput for Handler {
        #[unsafe(method(stream:didOutputSampleBuffer:ofType:))]
        fn put_out(&self, _stream: &SCStream, sample: &CMSampleBuffer, kind: SCStreamOutputType) {
            if kind == SCStreamOutputType::Screen {
                self.ivars().lock().take_in(frame::read(sample));
                self.ivars().bell.ring();
            }
        }
    }

    unsafe impl SCStreamDelegate for Handler {
        #[unsafe(method(stream:didStopWithError:))]
        fn stop(&self, _stream: &SCStream, error: &NSError) {
            self.ivars().stop(error.localizedDescription().to_string());
        }
    }
);

impl Handler {
    pub(super) fn new(ears: Arc<Ears>) -> Retained<Self> {
        let this = Self::alloc().set_ivars(ears);
        // SAFETY: NSObject is made without arguments.
        unsafe { msg_send![super(this), init] }
    }
}
