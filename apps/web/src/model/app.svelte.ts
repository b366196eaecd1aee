// The account and the connection, as everything else on the page begins with them.
import type { LinkReport, Role } from '$/border/messages';
import { type Settings, LinkState } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import workerUrl from '$/worker/main?worker&url';
import { ownScript } from '$/trusted';
import { Client } from './client';
import { keep, kept } from './kept';
import { type Problem, problemOf } from './problem';
import { hex } from './shapes';

// Whether an account was here the last time: decides what is drawn before the worker has spoken.
const KNOWN = 'parley.known';

export type Phase = 'starting' | 'signedOut' | 'signedIn' | 'ended';

export interface Account {
  id: string;
  handle: string;
  name: string;
  deviceId: number;
  settings: Pick<Settings, 'readReceipts' | 'typing'>;
  // Messages in the outbox.
  waiting: number;
}

interface App {
  phase: Phase;
  // This browser held an account when it was last used.
  known: boolean;
  role: Role;
  account: Account | undefined;
  link: LinkReport;
  // Why there is no connection, where it lasts: the sign-in is over, the account is gone.
  problem: ErrorCode;
  // The app cannot go on.
  end: Problem | undefined;
}

export const app = $state<App>({
  phase: 'starting',
  known: kept(KNOWN) === '1',
  role: 'waiting',
  account: undefined,
  link: { state: LinkState.OFFLINE, problem: 0, failures: 0, retryAtMs: 0 },
  problem: ErrorCode.ERROR_CODE_UNSPECIFIED,
  end: undefined,
});

export const client = new Client(new Worker(ownScript(workerUrl), { type: 'module' }));

// Called whenever an account is there afresh: at the start, and when another tab took over.
const refreshers = new Set<() => void>();
export function onRefresh(refresh: () => void): void {
  refreshers.add(refresh);
  // Code that is fetched later has missed the first time.
  if (refreshed && app.account) refresh();
}

// Called when there is no account any more, or another one: nothing of the last one stays shown.
const forgetters = new Set<() => void>();
export function onAccountGone(forget: () => void): void {
  forgetters.add(forget);
}

export function start(): void {
  client.onLink = (report) => (app.link = report);
  client.onEnd = (problem) => {
    app.phase = 'ended';
    app.end = problem;
  };
  client.onRole = (role) => {
    app.role = role;
    refreshed = false;
    void client.run({ case: 'getStatus', value: {} }).catch((error) => client.onEnd(problemOf(error)));
  };
  client.on('status', (status) => {
    if (app.phase !== 'signedIn') refreshed = false;
    app.problem = status.problem;
    if (!status.hasAccount || (app.account && app.account.id !== hex(status.accountId))) {
      for (const forget of forgetters) forget();
    }
    app.account = status.hasAccount
      ? {
          id: hex(status.accountId),
          handle: status.handle,
          name: status.profileName,
          deviceId: status.deviceId,
          settings: { readReceipts: status.settings?.readReceipts ?? true, typing: status.settings?.typing ?? true },
          waiting: status.waiting,
        }
      : undefined;
    app.phase = status.hasAccount ? 'signedIn' : 'signedOut';
    remember(status.hasAccount);
    if (status.hasAccount && !refreshed) {
      refreshed = true;
      for (const refresh of refreshers) refresh();
    }
  });
  addEventListener('online', () => client.hurry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') client.hurry();
  });
}
// Since the account or the host is another one.
let refreshed = false;

export const online = () => app.link.state === LinkState.ONLINE;

export async function signUp(handle: string, password: string, country: string): Promise<void> {
  await client.run({ case: 'signUp', value: { handle: handle.trim().toLowerCase(), password, country, deviceName: deviceName() } });
  void navigator.storage?.persist?.();
}

export async function logIn(
  handle: string, password: string, recovery: { key?: string; reset?: boolean } = {},
): Promise<void> {
  await client.run({
    case: 'logIn',
    value: {
      handle: handle.trim().toLowerCase(),
      password,
      deviceName: deviceName(),
      recoveryKey: recovery.key ?? '',
      resetIdentity: recovery.reset ?? false,
    },
  });
  void navigator.storage?.persist?.();
}

// "Firefox (Linux)": how the person's other devices list this one, in whatever language.
export function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = ['Edg', 'Firefox', 'Chrome', 'Safari'].find((name) => agent.includes(`${name}/`)) ?? '';
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) => agent.includes(name)) ?? '';
  return `${browser === 'Edg' ? 'Edge' : browser} ${system && `(${system})`}`.trim();
}

function remember(known: boolean): void {
  app.known = known;
  keep(KNOWN, known ? '1' : '');
}
