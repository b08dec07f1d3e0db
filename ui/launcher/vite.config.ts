import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// As strict as the console: files alone, nothing inline. The oldest engine is the web view of a macOS 14.5 machine.
export default defineConfig({
  plugins: [svelte()],
  build: {
    target: ['chrome123', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
