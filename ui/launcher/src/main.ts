import '@chaperone/shared/base.css';
import { applyTheme, readTheme } from '@chaperone/shared/theme.ts';
import { mount } from 'svelte';
import App from './App.svelte';

applyTheme(readTheme());
// Another window of the launcher may set the appearance; all follow.
addEventListener('storage', () => applyTheme(readTheme()));

const target = document.getElementById('launcher');
if (target === null) throw new Error('the page has no place for the window');
mount(App, { target });
