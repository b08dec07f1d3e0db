import '@chaperone/shared/base.css';
import { applyTheme, readTheme } from '@chaperone/shared/theme.ts';
import { mount } from 'svelte';
import App from './App.svelte';

applyTheme(readTheme());

const target = document.getElementById('console');
if (target === null) throw new Error('the page has no place for the console');
mount(App, { target });
