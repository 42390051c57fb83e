/** How much has come over these connections, checks of the path included. */
export async function receivedBytes(connections: readonly RTCPeerConnection[]): Promise<number> {
  const reports = await Promise.all(connections.map((pc) => pc.getStats()));
  let bytes = 0;
  for (const report of reports) {
    for (const stats of report.values() as Iterable<{
      type: string;
      bytesReceived?: number;
      responsesReceived?: number;
    }>) {
      if (stats.type === 'candidate-pair') bytes += (stats.bytesReceived ?? 0) + (stats.responsesReceived ?? 0);
    }
  }
  return bytes;
}
