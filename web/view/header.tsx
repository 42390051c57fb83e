import type { ComponentChildren } from 'preact';
import { Icon } from './icons.tsx';
import { Wordmark } from './wordmark.tsx';

/** The bar at the top of every page but the room. */
export function Header({ children }: { readonly children?: ComponentChildren }) {
  return (
    <header class="header">
      <a class="header-home" href="#/" aria-label="Muon, all rooms">
        <Wordmark />
      </a>
      <nav class="header-nav" aria-label="Console">
        <a class="button quiet" href="/reference">
          <Icon name="book" size={18} />
          <span>API reference</span>
        </a>
        {children}
      </nav>
    </header>
  );
}
