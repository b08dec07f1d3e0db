// Drives a real Chromium for the harness: one JSON object per line in, one out, in order.
//
//   in   {"do": VERB, ...}            out   {"ok": VALUE} or {"failed": TEXT}
//
// It clicks what a person would click, found by role and label; `api` calls the console's interface from inside the
// page, with the page's own cookie.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { writeFile } from 'node:fs/promises';

const [uiDir, settingsText] = process.argv.slice(2);
const settings = JSON.parse(settingsText);
const { chromium } = createRequire(`${uiDir}/package.json`)('playwright-core');

const PATIENCE_MS = 30_000;

const context = await chromium.launchPersistentContext(settings.profile, {
  executablePath: settings.chromium,
  headless: false,
  // The server's certificate is its own; the launcher checks it, a person's browser would be told to trust it.
  ignoreHTTPSErrors: true,
  viewport: null,
  env: settings.environment,
  // Real rules for what a click may open, and a real size.
  ignoreDefaultArgs: ['--disable-popup-blocking'],
  args: [
    ...(settings.root ? ['--no-sandbox'] : []),
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--password-store=basic',
    '--window-position=0,0', `--window-size=${settings.size}`,
  ],
});
context.setDefaultTimeout(PATIENCE_MS);
const page = context.pages()[0] ?? (await context.newPage());
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));

const verbs = {
  async open({ url }) {
    await page.goto(url);
    return page.title();
  },

  async login({ origin, name, password }) {
    await page.goto(origin);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByLabel('Password', { exact: true }).waitFor({ state: 'detached' });
    return null;
  },

  async api({ method, path, body }) {
    return page.evaluate(async ({ method, path, body }) => {
      const response = await fetch(path, {
        method,
        headers: { 'x-chaperone': '1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    }, { method, path, body });
  },

  async launch({ origin, secret }) {
    await page.goto(`${origin}/`);
    await page.getByRole('button', { name: `Launch ${secret}`, exact: true }).click();
    return null;
  },

  // Plays a session's recording and answers once its picture has moved on and its record was judged.
  async play({ origin, session }) {
    await page.goto(`${origin}/sessions/${session}`);
    const video = page.locator('video');
    await video.waitFor();
    const played = await video.evaluate(async (video) => {
      const ready = (event) => new Promise((done, failed) => {
        video.addEventListener(event, done, { once: true });
        video.addEventListener('error', () => failed(new Error(video.error?.message ?? 'the video failed')), { once: true });
      });
      if (video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) await ready('canplay');
      video.muted = true;
      if (video.currentTime > 0) {
        video.currentTime = 0;
        await ready('seeked');
      }
      // A film shorter than a second ends before play() has settled, which is no fault.
      const playing = video.play().catch((error) => {
        if (!video.ended) throw error;
      });
      while (video.currentTime < 0.5 && !video.ended) await Promise.race([ready('timeupdate'), ready('ended')]);
      await playing;
      video.pause();
      const seekTo = video.duration / 2;
      video.currentTime = seekTo;
      await ready('seeked');
      return {
        seconds: video.duration,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        width: video.videoWidth,
        height: video.videoHeight,
        soughtTo: video.currentTime,
        wanted: seekTo,
      };
    });
    // What the page itself proved, beside the film.
    const judged = page.getByRole('region', { name: 'Judged in this browser' }).getByRole('status');
    return { ...played, judged: await judged.filter({ hasNotText: 'Judging' }).innerText() };
  },

  // Saves a file of the server's under the page's own login.
  async download({ url, to }) {
    const response = await context.request.get(url);
    if (!response.ok()) throw new Error(`${url} answered ${response.status()}: ${await response.text()}`);
    await writeFile(to, await response.body());
    return (await response.body()).length;
  },

  async screenshot({ to }) {
    await page.screenshot({ path: to });
    return null;
  },

  async text() {
    return page.locator('body').innerText();
  },

  async complaints() {
    return complaints.splice(0);
  },

  async bringToFront() {
    await page.bringToFront();
    return null;
  },
};

const answer = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);
answer({ ok: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    const verb = verbs[request.do];
    if (verb === undefined) throw new Error(`no such verb: ${request.do}`);
    answer({ ok: (await verb(request)) ?? null });
  } catch (error) {
    const shown = await page.locator('body').innerText().catch(() => 'nothing');
    answer({ failed: `${error?.message ?? error}\nat ${page.url()} the page shows: ${shown.slice(0, 600)}` });
  }
}
await context.close();
