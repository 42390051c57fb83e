import { render } from 'preact';
import { App } from './app.tsx';
import { arrive } from './location.ts';

arrive();
const root = document.querySelector('#app');
if (root) render(<App />, root);
