import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { CopyField, copy } from '../view/copy.tsx';
import { Icon } from '../view/icons.tsx';
import { tellError } from '../view/toasts.tsx';

/** Makes a link that admits one guest of this name. */
export type MakeGuestLink = (name: string) => Promise<string>;

const NAME = 'Guest';

/** Makes a link and copies it. */
function useGuestLink(make: MakeGuestLink) {
  const link = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const create = async (name: string): Promise<void> => {
    busy.value = true;
    try {
      link.value = await make(name.trim() || NAME);
      await copy(link.value, 'Guest link');
    } catch (error) {
      tellError(error);
    } finally {
      busy.value = false;
    }
  };
  return { link, busy, create };
}

/** One click, and a second browser can join. */
export function GuestLinkButton({ make }: { readonly make: MakeGuestLink }) {
  const { link, busy, create } = useGuestLink(make);
  return (
    <button
      type="button"
      class="room-way"
      title="Copy a link that admits one guest"
      disabled={busy.value}
      data-testid="guest-link"
      data-link={link.value}
      onClick={() => void create(NAME)}
    >
      <Icon name="link" size={16} />
      <span>Copy guest link</span>
    </button>
  );
}

/** A link for a guest whose name is known. */
export function GuestLinkForm({ make }: { readonly make: MakeGuestLink }) {
  const id = useId();
  const name = useSignal('');
  const { link, busy, create } = useGuestLink(make);
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    void create(name.value);
  };
  return (
    <form class="panel-section" onSubmit={onSubmit}>
      <h3>By link</h3>
      <div class="field">
        <label for={id}>Guest’s name</label>
        <input
          id={id}
          value={name.value}
          placeholder={NAME}
          maxLength={128}
          autocomplete="off"
          data-testid="guest-name"
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </div>
      <button type="submit" class="button primary wide" disabled={busy.value} data-testid="named-guest-link">
        <Icon name="link" size={18} />
        <span>Copy guest link</span>
      </button>
      <p class="hint">Admits one guest, without an API key, for the next 24 hours.</p>
      {link.value && <CopyField label="Latest link" value={link.value} testId="guest-link-url" />}
    </form>
  );
}
