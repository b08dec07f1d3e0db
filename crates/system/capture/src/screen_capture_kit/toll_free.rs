//! Lists of dictionaries, which Core Foundation and Foundation share.

use objc2::rc::Retained;
use objc2::runtime::AnyObject;
use objc2_core_foundation::{CFArray, CFRetained, CFString};
use objc2_foundation::{NSArray, NSDictionary, NSNumber, NSString};

/// What the system tells of one thing.
pub(super) type Told = NSDictionary<NSString, AnyObject>;

/// The dictionaries of a list that holds nothing else.
///
/// # Safety
/// Every element is a dictionary whose keys are texts.
pub(super) unsafe fn dictionaries(list: &CFRetained<CFArray>) -> Vec<Retained<Told>> {
    let list: *const NSArray<Told> = CFRetained::as_ptr(list).as_ptr().cast_const().cast();
    // SAFETY: both names are of one class, and the list lives for as long as it is borrowed; its elements are as the
    // caller says.
    let list = unsafe { &*list };
    list.to_vec()
}

/// A text of Core Foundation's as Foundation knows it.
pub(super) fn key(text: &'static CFString) -> &'static NSString {
    let text: *const NSString = std::ptr::from_ref(text).cast();
    // SAFETY: both names are of one class, and the text lives as long as the program.
    unsafe { &*text }
}

/// A number the system tells.
pub(super) fn number(told: &Told, key: &NSString) -> Option<f64> {
    told.objectForKey(key)?.downcast::<NSNumber>().ok().map(|number| number.as_f64())
}
