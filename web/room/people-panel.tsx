import { Icon } from '../view/icons.tsx';
import { Avatar } from './avatar.tsx';
import { PanelView } from './panel.tsx';
import type { Tile } from './tiles.ts';

interface PeoplePanelProps {
  readonly tiles: readonly Tile[];
  readonly onClose: () => void;
}

/** Who is there. */
export function PeoplePanel({ tiles, onClose }: PeoplePanelProps) {
  const people = tiles.filter(({ screen }) => !screen);
  return (
    <PanelView title="People" onClose={onClose}>
      <ul class="people">
        {people.map((person) => (
          <li key={person.id} class={`person ${person.speaking ? 'speaking' : ''}`} data-testid="person">
            <Avatar name={person.name}>{person.kind === 'sip' && <Icon name="phone" size={18} />}</Avatar>
            <span class="person-text">
              <span class="person-name">
                {person.name}
                {person.own && <span class="muted-text"> (you)</span>}
              </span>
              {person.kind === 'sip' && <span class="hint">On the phone</span>}
            </span>
            <span class={person.muted ? 'person-muted' : 'person-heard'}>
              <Icon name={person.muted ? 'microphone-off' : 'microphone'} size={18} />
              <span class="visually-hidden">{person.muted ? 'Muted' : 'Not muted'}</span>
            </span>
          </li>
        ))}
      </ul>
    </PanelView>
  );
}
