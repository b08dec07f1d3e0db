// One person's way through the console by keyboard alone: from login over a launch to the place of a gap in a recording.
// Fails on the first step that does not come about.
//
//   node tests/flow.mjs

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser, makeFilm, openPage } from './browser.mjs';
import { FILM_MS, sessions } from './fixture/data.mjs';
import { serve } from './fixture/server.mjs';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../console/dist');
const server = await serve({ dist, film: makeFilm(FILM_MS / 1000), scenario: { role: null, loginAs: 'administrator' } });
const browser = await launchBrowser();
const { page, findings } = await openPage(browser);

// The operating system's question whether to open the link would take the keyboard; here the link ends as a note.
await page.addInitScript(() =>
  globalThis.navigation.addEventListener('navigate', (event) => {
    if (!event.destination.url.startsWith('chaperone:')) return;
    event.preventDefault();
    globalThis.handedOver = event.destination.url;
  }),
);

const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id || document.activeElement?.tagName);
const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

/** Tabs until the element with these words has the keyboard. */
async function tabTo(words, key = 'Tab') {
  for (let step = 0; step < 60; step += 1) {
    if ((await focused()) === words) return;
    await press(key);
  }
  assert.fail(`no way by keyboard to “${words}”`);
}

try {
  await page.goto(`${server.origin}/sessions`);
  await page.getByText('Log in').first().waitFor();
  await page.keyboard.type('alice');
  await press('Tab');
  await page.keyboard.type('right');
  await press('Enter');
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  console.log('the login leads to the page that was asked for');

  await tabTo('Launch', 'Shift+Tab');
  await press('Enter');
  await page.getByRole('heading', { name: 'Launch' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'launch-search');
  await page.getByText('Orders database').first().waitFor();
  await page.keyboard.type('orders');
  await press('Enter');
  await page.getByText('was handed to the launcher').waitFor();
  assert.match(await page.evaluate(() => globalThis.handedOver), /^chaperone:\/\/launch\?server=https%3A.*&ticket=[\w-]{43}$/);
  const now = Date.now();
  server.tell({ ...sessions(now)[0], id: '01990000-0000-7000-8000-00000000aaaa', opened_ms: now });
  await page.getByRole('link', { name: 'Show session' }).waitFor();
  console.log('a launch shows its session as soon as it lives');

  await tabTo('Sessions', 'Shift+Tab');
  await press('Enter');
  await page.getByText('Recording now').first().waitFor();
  const rows = await page.getByRole('row').count();
  server.tell({ ...sessions(now)[1], id: '01990000-0000-7000-8000-00000000bbbb', opened_ms: now, title: 'Arrived meanwhile' });
  await page.getByText('Arrived meanwhile').waitFor();
  assert.equal(await page.getByRole('row').count(), rows + 1);
  console.log('a new session stands in the list without a reload');

  await press('/');
  await page.keyboard.type('orders');
  await tabTo('Incomplete');
  await press('Space');
  await page.waitForURL(/state=incomplete/);
  assert.match(page.url(), /text=orders/);
  await page.waitForFunction(() => document.querySelectorAll('a.row').length === 1);
  await press('j', 'Enter');
  await page.getByRole('heading', { name: 'Orders database' }).waitFor();
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
  console.log('filters stand in the address, J and Enter open the session');

  const video = (read) => page.evaluate(`(() => { const video = document.querySelector('video'); return ${read}; })()`);
  await press('Space');
  await page.waitForFunction(() => !document.querySelector('video').paused && document.querySelector('video').currentTime > 0.2);
  await press('l');
  await page.waitForFunction(() => document.querySelector('video').playbackRate === 2);
  await press('k');
  await page.waitForFunction(() => document.querySelector('video').paused);
  assert.equal(await video('video.playbackRate'), 1);
  await press('g');
  await page.keyboard.type('0:35');
  await press('Enter');
  await page.waitForURL(/t=35/);
  await press('Shift+ArrowRight');
  await page.waitForURL(/t=36/);
  await tabTo('00:00:31');
  await press('Enter');
  await page.waitForURL(/t=29/);
  assert.ok(Math.abs((await video('video.currentTime')) - 29) < 0.3);
  console.log('the player obeys, and its place stands in the address');

  await page.reload();
  await page.waitForFunction(() => Math.abs((document.querySelector('video')?.currentTime ?? 0) - 29) < 0.3);
  await page.goBack();
  await page.waitForURL(/state=incomplete/);
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  console.log('an address brings its moment back, and the way back leads to the same filters');
  assert.deepEqual(findings, []);
} finally {
  await browser.close();
  server.close();
}
