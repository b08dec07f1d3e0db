import axe from 'axe-core';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** The browser of this machine, without any call of its own to the network. */
export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A page that collects what must not happen: script errors, refused content, failed files. */
export async function openPage(browser, { width = 1440, height = 900, theme = 'light', reducedMotion = 'reduce', scale = 1 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion, deviceScaleFactor: scale });
  const page = await context.newPage();
  const findings = [];
  page.on('pageerror', (error) => findings.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) findings.push(`console: ${message.text()}`);
  });
  return { page, findings, close: () => context.close() };
}

/** Accessibility findings of the page as it stands, one line each. */
export async function axeFindings(page) {
  // The page's policy forbids added scripts; evaluation by the debugger is not bound by it.
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return result.violations.map((found) => `axe ${found.id} (${found.impact}): ${found.nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
}

/** Whether the page is wider than its window, or a table than its frame. */
export async function overflow(page) {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.table-frame')]
      .filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => `${box.className || 'page'} is ${box.scrollWidth - box.clientWidth} px too wide`),
  );
}

/** A short film for the player, made by ffmpeg. */
export function makeFilm(seconds) {
  const path = join(mkdtempSync(join(tmpdir(), 'film-')), 'film.mp4');
  execFileSync('ffmpeg', ['-loglevel', 'error', '-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=5:duration=${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', path]);
  return path;
}
