// Draws the pictures under assets/icons from the SVG files beside them, with the browser of this machine:
//
//   node tools/icons.mjs
//
// chaperone.svg → 16 … 512 px and icon.ico; tray/<state>.svg → 32 px for light and for dark panels. The first of those
// two is black with transparency, which is what a macOS template image must be; the red of "recording" is kept where
// the system shows colours.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../tests/browser.mjs';

const icons = join(dirname(fileURLToPath(import.meta.url)), '../../assets/icons');
const INKS = { 'on-light': { ink: '#000000', rec: '#d0121f' }, 'on-dark': { ink: '#ffffff', rec: '#ff5a57' } };

const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  const draw = async (svg, size) => {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
    return page.screenshot({ omitBackground: true });
  };

  const chaperone = readFileSync(join(icons, 'chaperone.svg'), 'utf8');
  const drawn = new Map();
  for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) drawn.set(size, await draw(chaperone, size));
  for (const size of [16, 32, 64, 128, 256, 512]) writeFileSync(join(icons, `${size}.png`), drawn.get(size));
  writeFileSync(join(icons, 'icon.ico'), ico([16, 24, 32, 48, 64, 256].map((size) => ({ size, png: drawn.get(size) }))));

  for (const file of readdirSync(join(icons, 'tray')).filter((name) => name.endsWith('.svg'))) {
    const svg = readFileSync(join(icons, 'tray', file), 'utf8');
    for (const [panel, { ink, rec }] of Object.entries(INKS)) {
      const coloured = svg.replace(/(class="rec"[^>]*)currentColor/, `$1${rec}`).replaceAll('currentColor', ink);
      writeFileSync(join(icons, 'tray', `${basename(file, '.svg')}-${panel}.png`), await draw(coloured, 32));
    }
  }
} finally {
  await browser.close();
}

/** An ICO file of PNG pictures: a directory of 16-byte entries, then the pictures back to back. */
function ico(pictures) {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  pictures.forEach(({ size, png }, place) => {
    const entry = 6 + 16 * place;
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}
