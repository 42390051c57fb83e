/** Where a list goes on: the keys of the last item that was shown. */
export type Position = Readonly<Record<string, string>>;

export interface PageRequest {
  readonly limit: number;
  readonly after: Position | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly next: Position | undefined;
}
