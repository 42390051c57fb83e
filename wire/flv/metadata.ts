/** AMF0 markers (Action Message Format, AMF 0, section 2.1). */
const NUMBER = 0;
const BOOLEAN = 1;
const STRING = 2;
const ECMA_ARRAY = 8;
const OBJECT_END = 9;

/** Body of the script tag `onMetaData`: what a puller is told of a stream before its first frame. */
export function onMetaData(properties: Readonly<Record<string, number | boolean>>): Uint8Array {
  const entries = Object.entries(properties);
  return Uint8Array.from([
    STRING,
    ...text('onMetaData'),
    ECMA_ARRAY,
    ...bytesOf(4, (view) => view.setUint32(0, entries.length)),
    ...entries.flatMap(([name, value]) => [...text(name), ...amfValue(value)]),
    ...text(''),
    OBJECT_END,
  ]);
}

function amfValue(value: number | boolean): number[] {
  if (typeof value === 'boolean') return [BOOLEAN, value ? 1 : 0];
  return [NUMBER, ...bytesOf(8, (view) => view.setFloat64(0, value))];
}

function text(ascii: string): number[] {
  return [ascii.length >>> 8, ascii.length & 0xff, ...Array.from(ascii, (letter) => letter.charCodeAt(0))];
}

function bytesOf(count: number, fill: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(count));
  fill(view);
  return new Uint8Array(view.buffer);
}
