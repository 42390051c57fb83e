import { CopyField } from '../view/copy.tsx';
import { GuestLinkForm, type MakeGuestLink } from './guest-link.tsx';
import { PanelView } from './panel.tsx';

interface InvitePanelProps {
  readonly sipUri: string | undefined;
  readonly makeGuestLink?: MakeGuestLink;
  readonly onClose: () => void;
}

/** The ways into the room: a link for a browser, an address for a phone. */
export function InvitePanel({ sipUri, makeGuestLink, onClose }: InvitePanelProps) {
  return (
    <PanelView title="Invite" onClose={onClose}>
      {makeGuestLink && <GuestLinkForm make={makeGuestLink} />}
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
