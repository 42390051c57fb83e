import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { Icon } from '../view/icons.tsx';

interface PanelProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Beside the tiles, or over them where there is no room for both; Escape closes it. */
export function PanelView({ title, onClose, children }: PanelProps) {
  const id = useId();
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') onClose();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <aside class="panel" aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="icon-button" aria-label={`Close ${title}`} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body">{children}</div>
    </aside>
  );
}
