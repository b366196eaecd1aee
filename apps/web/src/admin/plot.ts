// Rows of numbers as what a plot draws: steps of time, scales, ticks. Pure.
import type { History } from './api';
import { texts } from './texts';

export interface Line {
  name: string;
  values: number[];
}

// `each`: what a step of time is, in words.
export interface Steps {
  at: number[];
  each: string;
  lines: Line[];
}

// A measure of the history: what grows is added up over a step, of the rest the last counts.
export interface Wanted {
  name: string;
  value: (row: (measure: string) => number) => number;
  grows: boolean;
}

const MOST_STEPS = 96;
const NICE_COUNTS = [1, 2, 5, 10, 15, 30, 60];

export function steps(history: History, wanted: Wanted[]): Steps {
  const rows = history.at_ms.length;
  const count = NICE_COUNTS.find((size) => rows / size <= MOST_STEPS) ?? NICE_COUNTS.at(-1)!;
  // From the end, so that the newest step is as it is.
  const ends: number[] = [];
  for (let end = rows - 1; end >= 0; end -= count) ends.unshift(end);
  const value = ({ value, grows }: Wanted, end: number) => {
    let sum = 0;
    for (let row = grows ? Math.max(0, end - count + 1) : end; row <= end; row++) {
      sum += value((measure) => history.measures[measure]?.[row] ?? 0);
    }
    return sum;
  };
  return {
    at: ends.map((end) => history.at_ms[end] ?? 0),
    each: texts.plots.per(count, history.step_s < 3600 ? 'min' : 'h'),
    lines: wanted.map((one) => ({ name: one.name, values: ends.map((end) => value(one, end)) })),
  };
}

// 0 and up to four more, at round numbers, the last one at or above `most`.
export function ticks(most: number, whole: boolean): number[] {
  const rough = Math.max(most, whole ? 1 : 0.1) / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 2.5, 5, 10].map((one) => one * magnitude).find((one) => one >= rough) ?? rough;
  if (whole) step = Math.max(1, Math.ceil(step));
  const list = [0];
  while (list.at(-1)! < most - step * 1e-9 || list.length < 2) list.push(list.length * step);
  return list;
}

const PLAIN = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
export const shortNumber = (value: number) => (value < 10_000 ? PLAIN : SHORT).format(value);

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const DAY_MS = 86_400_000;
export const shortTime = (ms: number, range: number) => (range > 2 * DAY_MS ? DAY : CLOCK).format(ms);
