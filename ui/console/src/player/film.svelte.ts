import { nextRate, type Command } from './keys.ts';

/** A playing recording: the video element's state as ours, and the acts on it. Places are milliseconds. */
export class Film {
  place_ms = $state(0);
  length_ms = $state(0);
  playing = $state(false);
  waiting = $state(false);
  rate = $state(1);
  failed = $state(false);
  #video: HTMLVideoElement | null = null;
  #settled: () => void;

  /** `settled` is called when a place was chosen: on pause and after each jump. */
  constructor(known_ms: number, settled: () => void) {
    this.length_ms = known_ms;
    this.#settled = settled;
  }

  /** Takes the element as its picture, beginning at a place. */
  attach(video: HTMLVideoElement, from_ms: number): () => void {
    this.#video = video;
    this.place_ms = from_ms;
    const heard = new AbortController();
    const on = (name: keyof HTMLMediaElementEventMap, act: () => void): void => video.addEventListener(name, act, { signal: heard.signal });
    on('loadedmetadata', () => {
      if (Number.isFinite(video.duration)) this.length_ms = video.duration * 1000;
      if (from_ms > 0) video.currentTime = Math.min(from_ms / 1000, video.duration);
    });
    on('play', () => (this.playing = true));
    on('pause', () => {
      this.playing = false;
      this.#settled();
    });
    on('waiting', () => (this.waiting = true));
    on('playing', () => (this.waiting = false));
    on('canplay', () => (this.waiting = false));
    on('ratechange', () => (this.rate = video.playbackRate));
    on('error', () => (this.failed = true));
    on('seeked', () => (this.place_ms = video.currentTime * 1000));

    // The element's own time events come four times a second; the playhead follows each picture.
    const follow = (): void => {
      if (!video.paused && !video.seeking) this.place_ms = video.currentTime * 1000;
      frame = requestAnimationFrame(follow);
    };
    let frame = requestAnimationFrame(follow);
    return () => {
      heard.abort();
      cancelAnimationFrame(frame);
      this.#video = null;
    };
  }

  seek(to_ms: number): void {
    const place = Math.min(Math.max(0, to_ms), this.length_ms);
    this.place_ms = place;
    if (this.#video !== null) this.#video.currentTime = place / 1000;
    this.#settled();
  }

  toggle(): void {
    const video = this.#video;
    if (video === null) return;
    if (video.paused) void video.play().catch(() => (this.playing = false));
    else video.pause();
  }

  setRate(rate: number): void {
    if (this.#video !== null) this.#video.playbackRate = rate;
  }

  /** Carries out what a key asked, as far as it concerns the film itself. */
  obey(command: Command): void {
    switch (command.do) {
      case 'toggle':
        this.toggle();
        break;
      case 'pause':
        this.setRate(1);
        this.toggle();
        break;
      case 'faster':
        if (this.playing) this.setRate(nextRate(this.rate, 1));
        else this.toggle();
        break;
      case 'slower':
        if (this.playing && this.rate > 1) this.setRate(nextRate(this.rate, -1));
        else this.seek(this.place_ms - 10_000);
        break;
      case 'step':
        this.seek(this.place_ms + command.by_ms);
        break;
      case 'start':
        this.seek(0);
        break;
      case 'end':
        this.seek(this.length_ms);
        break;
      case 'go-to':
      case 'full-screen':
        break;
    }
  }
}
