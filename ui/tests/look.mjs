// Looks at every page: takes pictures at three widths in light and dark, and fails on accessibility findings, script errors,
// content the policy refuses, and pages wider than their window.
//
//   node tests/look.mjs [--out FOLDER] [--only NAME] [--quick]

import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { axeFindings, launchBrowser, makeFilm, openPage, overflow } from './browser.mjs';
import { FILM_MS } from './fixture/data.mjs';
import { standIn, WINDOWS } from './fixture/launcher.mjs';
import { KEPT, keptRoot } from './fixture/outline.mjs';
import { serve } from './fixture/server.mjs';

const { values: options } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' }, quick: { type: 'boolean' } } });
const out = options.out ?? mkdtempSync(join(tmpdir(), 'console-'));
mkdirSync(out, { recursive: true });
const ui = join(dirname(fileURLToPath(import.meta.url)), '..');
const wanted = ({ name }) => options.only === undefined || name.startsWith(options.only);
const themes = options.quick ? ['light'] : ['light', 'dark'];

const id = (number) => `01990000-0000-7000-8000-${String(300 + number).padStart(12, '0')}`;
const click = (name) => async (page) => page.getByRole('button', { name, exact: false }).first().click();

/** Every page in every standing worth a look. `ready` is text that shows the page has come; `act` goes on from there. */
const PAGES = [
  { name: 'first-run', path: '/', scenario: { role: null, firstRun: true }, ready: 'Set-up code' },
  { name: 'login', path: '/', scenario: { role: null }, ready: 'Password' },
  { name: 'login-refused', path: '/', scenario: { role: null }, ready: 'Password', act: async (page) => {
    await page.getByLabel('Name').fill('alice');
    await page.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
  } },
  { name: 'launch', path: '/', ready: 'Orders database' },
  { name: 'launch-user', path: '/', scenario: { role: 'user' }, ready: 'Orders database' },
  { name: 'launch-empty', path: '/', scenario: { role: 'user', empty: true }, ready: 'Nothing to launch yet' },
  { name: 'launch-handed-over', path: '/', ready: 'Orders database', act: async (page) => {
    await page.keyboard.press('Enter');
    await page.getByText('was handed to the launcher').waitFor();
  } },
  { name: 'launch-refused', path: '/', ready: 'Payroll', act: async (page) => {
    await page.keyboard.type('payroll');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
  } },
  { name: 'failing', path: '/sessions', scenario: { failing: true }, ready: 'database-unavailable' },
  { name: 'enrol', path: '/enrol', ready: 'Make a code', act: async (page) => {
    await click('Make enrolment code')(page);
    await page.getByText('Waiting for the device').waitFor();
  } },
  { name: 'enrolled', path: '/enrol', ready: 'Make a code', act: async (page) => {
    await click('Make enrolment code')(page);
    await page.getByText('“new-laptop” is enrolled').waitFor({ timeout: 15_000 });
  } },
  { name: 'sessions', path: '/sessions', ready: 'Recording now' },
  { name: 'sessions-auditor', path: '/', scenario: { role: 'auditor' }, ready: 'Recording now' },
  { name: 'sessions-empty', path: '/sessions', scenario: { empty: true }, ready: 'No sessions yet' },
  { name: 'sessions-none-fit', path: '/sessions?text=nothing', ready: 'No session fits' },
  { name: 'sessions-full', path: '/sessions', scenario: { full: true }, ready: 'Show older sessions' },
  { name: 'session-live', path: `/sessions/${id(1)}`, ready: 'Recording now' },
  { name: 'session-end', path: `/sessions/${id(1)}`, ready: 'Recording now', act: click('End session') },
  { name: 'session-ending', path: `/sessions/${id(2)}`, ready: 'Asked to end' },
  { name: 'session-message', path: `/sessions/${id(1)}`, ready: 'Recording now', act: click('Send message') },
  { name: 'session-ready', path: `/sessions/${id(5)}`, ready: 'Proof', film: true },
  { name: 'session-gaps', path: `/sessions/${id(6)}?t=28`, ready: 'Proof', film: true, act: async (page) => page.getByText('Hashes and keys').click() },
  { name: 'session-goto', path: `/sessions/${id(5)}`, ready: 'Proof', film: true, act: async (page) => {
    await page.keyboard.press('g');
    await page.keyboard.type('later');
  } },
  ...[
    ['proven', { bundle: 'whole' }, 'nothing left out'],
    ['gap', { bundle: 'gaps' }, 'name themselves'],
    ['damaged', { bundle: 'whole', damage: [2], drop: [5, 6] }, 'found in the record'],
    ['missing', { bundle: 'missing' }, 'found in the record'],
    ['unreceipted', { bundle: 'whole', receipts: false }, 'Not yet receipted'],
    ['other-root', { bundle: 'whole', root: 'a1'.repeat(32) }, 'another root fingerprint'],
  ].map(([name, outline, said]) => ({
    name: `session-judged-${name}`,
    path: `/sessions/${KEPT[outline.bundle].id}`,
    scenario: { outline },
    film: name !== 'missing',
    before: async (page) => page.addInitScript((root) => localStorage.setItem('chaperone.root', root), keptRoot()),
    act: async (page) => {
      await page.getByText(said).first().waitFor();
      if (name === 'proven') await page.getByText('Judged in this browser under').click();
    },
  })),
  { name: 'session-export', path: `/sessions/${id(5)}`, ready: 'Proof', act: async (page) => {
    await click('Export…')(page);
    await page.getByText('custody').waitFor();
  } },
  { name: 'session-failed', path: `/sessions/${id(7)}`, ready: 'Next try' },
  { name: 'session-unknown', path: '/sessions/none', ready: 'session-unknown' },
  { name: 'secrets', path: '/secrets', ready: 'Orders database' },
  { name: 'secrets-empty', path: '/secrets', scenario: { empty: true }, ready: 'No secrets yet' },
  { name: 'secret-add', path: '/secrets?add', ready: 'Host key of the target' },
  { name: 'secret-details', path: '/secrets', ready: 'Orders database', act: click('Details of Orders') },
  { name: 'secret-change', path: '/secrets', ready: 'Orders database', act: async (page) => {
    await click('Details of Orders')(page);
    await click('Change secret')(page);
  } },
  { name: 'secret-withdraw', path: '/secrets', ready: 'Orders database', act: async (page) => {
    await click('Details of Orders')(page);
    await page.getByRole('group', { name: 'Right of bob' }).getByRole('radio', { name: 'See' }).check();
    await click('Save rights')(page);
  } },
  { name: 'secret-delete', path: '/secrets', ready: 'Orders database', act: async (page) => {
    await click('Details of Orders')(page);
    await click('Delete secret')(page);
  } },
  { name: 'people', path: '/people', ready: 'dmitri' },
  { name: 'person-add', path: '/people', ready: 'dmitri', act: click('Add person') },
  { name: 'person-change', path: '/people', ready: 'dmitri', act: click('Change carla') },
  { name: 'person-disable', path: '/people', ready: 'dmitri', act: async (page) => {
    await click('Change carla')(page);
    await click('Disable person')(page);
  } },
  { name: 'person-remove', path: '/people', ready: 'dmitri', act: async (page) => {
    await click('Change bob')(page);
    await click('Remove person')(page);
  } },
  { name: 'person-disabled', path: '/people', ready: 'dmitri', act: click('Change مريم') },
  { name: 'devices', path: '/devices', ready: 'alice-laptop' },
  { name: 'device-revoke', path: '/devices', ready: 'bob-desk', act: click('Revoke bob-desk') },
  { name: 'devices-empty', path: '/devices', scenario: { role: 'user', empty: true }, ready: 'No devices yet' },
  { name: 'audit', path: '/audit', scenario: { alarmed: true }, ready: 'Chain unbroken' },
  { name: 'audit-alarms', path: '/audit?alarms', scenario: { role: 'auditor' }, ready: 'Alarm, acknowledged' },
  { name: 'audit-alarm', path: '/audit', scenario: { alarmed: true }, ready: 'Chain unbroken', act: click('Used a ticket a second time') },
  { name: 'audit-broken', path: '/audit', scenario: { broken: true }, ready: 'was altered' },
  { name: 'audit-empty', path: '/audit?alarms', scenario: { empty: true }, ready: 'No alarms' },
  { name: 'alarm-elsewhere', path: '/sessions', scenario: { alarmed: true }, ready: 'not acknowledged' },
  { name: 'account', path: '/devices', ready: 'alice-laptop', act: click('alice administrator') },
  { name: 'own-password', path: '/devices', ready: 'alice-laptop', act: async (page) => {
    await click('alice administrator')(page);
    await click('Change password')(page);
  } },
  { name: 'no-right', path: '/people', scenario: { role: 'user' }, ready: 'not among your rights' },
  { name: 'no-page', path: '/nowhere', ready: 'There is no page' },
];

// The launcher's windows are as wide as the desktop program makes them, and as narrow as a person drags them.
const LAUNCHER = WINDOWS.map((window) => ({
  name: `launcher-${window.name}`,
  path: '/',
  dist: join(ui, 'launcher/dist'),
  widths: [390, 640],
  before: (page) => page.addInitScript(standIn, window),
  act: window.name === 'servers-empty' ? async (page) => {
    await page.getByLabel('Add a server').fill('nonsense');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
  } : undefined,
}));

const film = makeFilm(FILM_MS / 1000);
const kept = Object.fromEntries(Object.entries(KEPT).map(([bundle, { ms }]) => [bundle, makeFilm(ms / 1000)]));
const filmOf = ({ scenario }) => (scenario?.outline === undefined ? film : kept[scenario.outline.bundle]);
const browser = await launchBrowser();
let failures = 0;
try {
  for (const look of [...PAGES, ...LAUNCHER].filter(wanted)) {
    const server = await serve({ dist: look.dist ?? join(ui, 'console/dist'), film: filmOf(look), scenario: look.scenario });
    try {
      for (const theme of themes)
        for (const width of options.quick ? [(look.widths ?? [1440]).at(-1)] : (look.widths ?? [390, 1024, 1440])) failures += await lookAt(look, server, theme, width);
    } finally {
      server.close();
    }
    console.log(`looked at ${look.name}`);
  }
} finally {
  await browser.close();
}
console.log(`pictures in ${out}; ${failures} findings`);
process.exitCode = failures === 0 ? 0 : 1;

/** Opens one page, brings it into the standing asked for, takes its picture. Answers how many findings it has. */
async function lookAt(look, server, theme, width) {
  const { page, findings, close } = await openPage(browser, { width, height: look.dist === undefined ? 900 : 520, theme });
  try {
    await look.before?.(page);
    await page.goto(server.origin + look.path);
    await page.locator('h1, dialog').first().waitFor({ state: 'attached' });
    if (look.ready !== undefined) await page.getByText(look.ready).first().waitFor({ state: 'attached', timeout: 15_000 });
    if (look.film) await page.waitForFunction(() => document.querySelector('video')?.readyState >= 2 && !document.querySelector('video').seeking);
    await look.act?.(page);
    findings.push(...(await overflow(page)), ...(await axeFindings(page)));
  } catch (error) {
    findings.push(`did not come about: ${String(error).split('\n')[0]}`);
  }
  await page.screenshot({ path: join(out, `${look.name}-${width}-${theme}.png`) });
  await close();
  findings.forEach((finding) => console.log(`${look.name} ${width} ${theme}: ${finding}`));
  return findings.length;
}
