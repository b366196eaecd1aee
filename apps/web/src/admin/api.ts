// What the page asks of the hub: hub/net/admin_page.h, in the shapes of hub/net/admin_json.h.

export type State = 'applied' | 'sandbox' | 'live' | 'suspended';

export interface Service {
  id: string;
  display_name: string;
  id_form: string;
  protection: string;
  features: string[];
  jwks_url: string;
  push_url: string;
  media_base_url: string;
  contact: string;
  state: State;
  state_reason: string;
  new_people_a_day: number;
  sandbox_accounts: string[];
  data_policy: Record<'retention' | 'jurisdiction' | 'who_can_read' | 'contact' | 'url', string>;
  live_since_ms: number;
  counts: Record<string, number>;
  troubles: string[];
}

export interface Report {
  id: string;
  received_ms: number;
  reporter: string;
  accused: string;
  reason: string;
  comment: string;
  message_count: number;
  resolution: string;
  note: string;
  messages: { accepted_ms: number; device: number; text: string }[];
}

export type Span = 'day' | 'month';

export interface History {
  step_s: number;
  since_ms: number;
  at_ms: number[];
  measures: Record<string, number[]>;
}

// What the hub answered instead; status 0: nothing.
export class Refused extends Error {
  constructor(readonly status: number, readonly code = '', readonly detail = '', readonly retryAfterMs = 0) {
    super(code);
  }
}

// `watching`: asked by the page itself, which does not keep a session alive.
async function ask<T>(method: 'GET' | 'POST', path: string, { body, watching = false }: { body?: unknown; watching?: boolean } = {}): Promise<T> {
  const answer = await fetch(`/admin/api/${path}`, {
    method,
    headers: { 'X-Parley-Admin': watching ? 'watching' : 'acting' },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Refused(0);
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said.code, said.detail, Number(said.retryAfterMs ?? 0));
  return said;
}

const part = encodeURIComponent;

export const logIn = (password: string) => ask('POST', 'login', { body: { password } });
export const logOut = () => ask('POST', 'logout', { body: {} });
export const services = async (watching: boolean) => (await ask<{ providers: Service[] }>('GET', 'providers', { watching })).providers;
export const service = (id: string, watching: boolean) => ask<Service>('GET', `providers/${part(id)}`, { watching });
export const history = (id: string, span: Span, watching: boolean) => ask<History>('GET', `history?service=${part(id)}&span=${span}`, { watching });
export const setState = (id: string, state: State | 'resumed', reason: string) => ask('POST', `providers/${part(id)}/state`, { body: { state, reason } });
export const reports = (open: boolean, after: string, watching: boolean) =>
  ask<{ reports: Report[]; next: string }>('GET', `reports?open=${open ? 1 : 0}&after=${part(after)}`, { watching });
export const report = (id: string) => ask<Report>('GET', `reports/${part(id)}`);
export const resolve = (id: string, resolution: 'upheld' | 'dismissed', note: string) =>
  ask('POST', `reports/${part(id)}/resolution`, { body: { resolution, note } });
