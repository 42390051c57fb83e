import { useSignal } from '@preact/signals';
import { Api } from '@muon/client/api.ts';
import { keepKey } from '../location.ts';
import { Header } from '../view/header.tsx';
import { Icon } from '../view/icons.tsx';
import { tellError } from '../view/toasts.tsx';

/** Asks for an API key, and keeps one that works. */
export function KeyGate() {
  const key = useSignal('');
  const checking = useSignal(false);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    checking.value = true;
    try {
      await new Api({ key: key.value.trim() }).call('listRooms', { query: { limit: 1 } });
      keepKey(key.value.trim());
    } catch (error) {
      tellError(error);
    } finally {
      checking.value = false;
    }
  };
  return (
    <div class="page">
      <Header />
      <main class="gate">
        <form class="card gate-card" onSubmit={(event) => void onSubmit(event)}>
          <span class="badge-icon">
            <Icon name="key" size={24} />
          </span>
          <h1>Open the console</h1>
          <p class="lead">
            Paste an API key. The first start of Muon prints one, with a link that opens this page already signed in.
          </p>
          <div class="field">
            <label for="api-key">API key</label>
            <input
              id="api-key"
              type="password"
              autocomplete="off"
              spellcheck={false}
              placeholder="mk_…"
              required
              data-testid="api-key"
              value={key.value}
              onInput={(event) => (key.value = event.currentTarget.value)}
            />
            <p class="hint">It stays in this tab, and is forgotten when you close it.</p>
          </div>
          <button type="submit" class="button primary wide" disabled={checking.value} data-testid="open-console">
            {checking.value ? 'Checking…' : 'Continue'}
          </button>
        </form>
      </main>
    </div>
  );
}
