import type { LinkNotice } from '@muon/contract/link.ts';

/** A request of a link that is refused; the link goes on. */
export class LinkRefusal extends Error {
  override readonly name = 'LinkRefusal';
  readonly code: Extract<LinkNotice, { type: 'refused' }>['code'];

  constructor(code: LinkRefusal['code'], message: string) {
    super(message);
    this.code = code;
  }
}
