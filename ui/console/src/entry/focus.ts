import type { Attachment } from 'svelte/attachments';

/** Puts the keyboard here when the element appears. For the one control a page is about. */
export const takeFocus: Attachment<HTMLElement> = (element) => {
  element.focus();
};
