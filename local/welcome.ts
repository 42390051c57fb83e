import { dialHost, urlHost } from '@muon/service/addresses.ts';

export interface WelcomeOptions {
  readonly host: string;
  readonly offset: number;
  readonly apiKey: string;
  /** Only then the key is shown: later it lies in the data folder. */
  readonly firstStart: boolean;
}

/** What `npm start` prints when everything is up. */
export function welcome({ host, offset, apiKey, firstStart }: WelcomeOptions): string {
  const dialled = dialHost(host);
  const name = dialled === '127.0.0.1' ? 'localhost' : urlHost(dialled);
  const site = `http://${name}:${8080 + offset}`;
  const key = firstStart
    ? `  API key     ${apiKey}   (shown this once; kept in secrets.json in the data folder)`
    : '  API key     in secrets.json in the data folder, as shown at the first start';
  return `
  Muon is up.

  Console     ${site}/${firstStart ? `#key=${apiKey}` : ''}
${key}
  REST API    ${site}/v1   (reference: ${site}/reference)
  Telephone   sip:ROOM@${name === 'localhost' ? '127.0.0.1' : name}${offset === 0 ? '' : `:${5060 + offset}`}
  Broadcasts  rtmp://${name}:${1935 + offset}/live, http://${name}:${8088 + offset}/hls

  Ctrl-C stops everything.

`;
}
