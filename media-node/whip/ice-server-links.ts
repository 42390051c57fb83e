import type { IceServer } from '@muon/contract/join.ts';

/** `Link` headers that tell a client of STUN and TURN servers (RFC 9725 section 4.6). */
export function toLinks(servers: readonly IceServer[]): string[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => {
      const secrets = { username, credential };
      const attributes = Object.entries(secrets).flatMap(([name, value]) =>
        value === undefined ? [] : [`; ${name}="${value}"`],
      );
      const type = credential === undefined ? '' : '; credential-type="password"';
      return `<${url}>; rel="ice-server"${attributes.join('')}${type}`;
    }),
  );
}
