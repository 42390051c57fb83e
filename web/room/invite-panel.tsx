import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { CopyField, copy } from '../view/copy.tsx';
import { Icon } from '../view/icons.tsx';
import { tellError } from '../view/toasts.tsx';
import { PanelView } from './panel.tsx';

/** Makes a link that admits one guest of this name. */
export type MakeGuestLink = (name: string) => Promise<string>;

interface InvitePanelProps {
  readonly sipUri: string | undefined;
  readonly makeGuestLink?: MakeGuestLink;
  readonly onClose: () => void;
}

/** The ways into the room: a link for a browser, an address for a phone. */
export function InvitePanel({ sipUri, makeGuestLink, onClose }: InvitePanelProps) {
  return (
    <PanelView title="Invite" onClose={onClose}>
      {makeGuestLink && <GuestLink make={makeGuestLink} />}
      <section class="panel-section">
        <h3>By phone</h3>
        {sipUri ? (
          <CopyField
            label="Dial-in address"
            value={sipUri}
            hint="Any softphone or SIP phone that reaches this machine can call it."
          />
        ) : (
          <p class="hint">No phone gateway is running, so there is no address to dial.</p>
        )}
      </section>
    </PanelView>
  );
}

function GuestLink({ make }: { readonly make: MakeGuestLink }) {
  const id = useId();
  const name = useSignal('Guest');
  const link = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const onCopy = async (): Promise<void> => {
    busy.value = true;
    try {
      link.value = await make(name.value.trim() || 'Guest');
      await copy(link.value, 'Guest link');
    } catch (error) {
      tellError(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <section class="panel-section">
      <h3>By link</h3>
      <div class="field">
        <label for={id}>Guest’s name</label>
        <input
          id={id}
          value={name.value}
          maxLength={128}
          data-testid="guest-name"
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </div>
      <button
        type="button"
        class="button primary wide"
        disabled={busy.value}
        data-testid="guest-link"
        onClick={() => void onCopy()}
      >
        <Icon name="link" size={18} />
        <span>Copy guest link</span>
      </button>
      <p class="hint">Admits one guest, without an API key, for the next 24 hours.</p>
      {link.value && <CopyField label="Latest link" value={link.value} testId="guest-link-url" />}
    </section>
  );
}
