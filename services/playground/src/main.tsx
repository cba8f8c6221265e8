import './workers.ts';
import './playground.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { finishLogin, type LoginSettings, type Session } from './login.ts';

export interface Settings extends LoginSettings {
  readonly endpoints: readonly { readonly name: string; readonly url: string }[];
}

const settings = (await (await fetch('/playground/config.json')).json()) as Settings;
let session: Session | undefined;
let note = '';
try {
  session = await finishLogin(settings);
} catch {
  note = 'The login could not be completed: try again.';
}
const root = document.getElementById('root');
if (root) createRoot(root).render(<App settings={settings} initialSession={session} initialNote={note} />);
