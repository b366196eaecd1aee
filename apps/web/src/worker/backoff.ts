// How long to wait before the next attempt to reach the hub: doubling from half a second to
// thirty, and at random between half of that and all of it (docs/protocol/channel.md, section 7).
const FIRST_MS = 500;
const LONGEST_MS = 30_000;

export function backoff(failures: number): number {
  const most = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 16), LONGEST_MS);
  return most / 2 + Math.random() * (most / 2);
}
