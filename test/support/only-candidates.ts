import type { Page } from 'playwright-core';

/** Lets a page, once it is loaded, see only those candidates of the node that match, as `/ tcp /`. */
export async function onlyCandidates(page: Page, pattern: RegExp): Promise<void> {
  await page.addInitScript((source) => {
    const wanted = new RegExp(source);
    const set = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (
      this: RTCPeerConnection,
      { type, sdp = '' }: RTCSessionDescriptionInit,
    ) {
      const kept = sdp.replaceAll(/a=candidate:.*\r\n/g, (line) => (wanted.test(line) ? line : ''));
      return Reflect.apply(set, this, [{ type, sdp: kept }]);
    } as typeof set;
  }, pattern.source);
}
