//! The sending task of a session: whatever the recording brings to the disk goes to the server at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chaperone_session::Input;
use chaperone_uplink::Progress;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::inputs::Inputs;
use crate::ambient;
use crate::delivery::{Delivery, DeliveryError, Step};

/// How often a request under way is looked at: whether the server still takes its bytes.
const LOOK: Duration = Duration::from_secs(1);
/// Pause after the spool could not be used.
const SPOOL_PAUSE: Duration = Duration::from_secs(1);

/// Sends until the server has signed for everything, closing record included; answers then. `spooled` changes with every
/// segment and with the closing record; `complete` is set before the session hears of its end.
pub(crate) async fn send(
    mut delivery: Delivery,
    mut spooled: watch::Receiver<u64>,
    contact: Arc<Notify>,
    inputs: Inputs,
    complete: Arc<AtomicBool>,
) {
    let progress = delivery.progress();
    loop {
        spooled.borrow_and_update();
        match step(&mut delivery, &progress, &inputs).await {
            Ok(Step::Moved { left }) => inputs.tell(Input::RecordMoved { left }).await,
            Ok(Step::Finished) => {
                complete.store(true, Ordering::Relaxed);
                return inputs.tell(Input::Drained).await;
            }
            // What is lost is the launcher's to show and try again; this session ends without it.
            Ok(Step::Idle | Step::LostHere) => {
                if spooled.changed().await.is_err() {
                    return;
                }
            }
            Ok(Step::Wait(moment)) => {
                let left = moment.since(ambient::now());
                tokio::select! {
                    () = sleep(left) => {}
                    () = contact.notified() => delivery.contact(),
                }
            }
            Ok(Step::Parked) => {
                contact.notified().await;
                delivery.contact();
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "Nothing can be sent");
                sleep(SPOOL_PAUSE).await;
            }
        }
    }
}

/// One step, during which every byte the server takes counts as movement.
async fn step(delivery: &mut Delivery, progress: &Progress, inputs: &Inputs) -> Result<Step, DeliveryError> {
    let mut step = std::pin::pin!(delivery.step());
    let mut before = progress.bytes();
    loop {
        tokio::select! {
            done = &mut step => return done,
            () = sleep(LOOK) => {
                let now = progress.bytes();
                if now != before {
                    before = now;
                    inputs.tell(Input::RecordMoved { left: true }).await;
                }
            }
        }
    }
}
