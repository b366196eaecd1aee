// What a device asks of its own service, and of the hub before it has a channel.
import { randomInt } from "node:crypto";
import { IdentityKeyPair } from "@signalapp/libsignal-client";
import { authPublic, thumbprint } from "../core/auth.js";
import { b64, random, unb64 } from "../core/bytes.js";
import type { Store } from "../core/store.js";
import { key, me, type Me } from "./state.js";
import * as transfer from "./transfer.js";

export class ServiceError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly retryAfterMs = 0) { super(message); }
}

async function ask<T>(url: URL, init: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(20_000), ...init });
  } catch {
    throw new ServiceError(0, "UNREACHABLE", `${url.origin} does not answer`);
  }
  const body = (await answer.json().catch(() => ({}))) as Record<string, string>;
  if (!answer.ok) {
    throw new ServiceError(answer.status, body.code ?? "", body.error ?? `${body.code ?? answer.status}: ${body.detail ?? body.text ?? ""}`, Number(body.retryAfterMs ?? 0));
  }
  return body as T;
}

const post = (session: string | undefined, body: unknown): RequestInit => ({
  method: "POST", body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...(session ? { authorization: `Bearer ${session}` } : {}) },
});

export async function open(server: string, what: "signup" | "login", name: string, password: string): Promise<string> {
  return (await ask<{ session: string }>(new URL(`/${what}`, server), post(undefined, { name, password }))).session;
}

export async function renewToken(store: Store): Promise<void> {
  const own = me(store);
  const jkt = thumbprint(authPublic(unb64(own.authSeed)));
  const { token, expiresAt } = await ask<{ token: string; expiresAt: number }>(new URL("/token", own.server), post(own.session, { jkt }));
  store.set(key.me, { ...me(store), token, tokenExpiresAt: expiresAt } satisfies Me);
}

// identity.md#4. The keys are stored before anybody hears of them, so a repeat is the same device.
export async function enlist(store: Store, resetIdentity = false): Promise<void> {
  await renewToken(store);
  const own = me(store);
  const enlisted = await ask<{ accountId: string; deviceId: number; hubId: string; handle: string }>(
    new URL("/v1/enlistments", own.hubUrl),
    post(undefined, {
      providerId: own.provider, token: own.token, resetIdentity,
      device: { registrationId: own.registrationId, identityKey: own.identityPublic, name: "" },
      deviceAuthKey: b64(authPublic(unb64(own.authSeed))),
    }));
  if (enlisted.hubId !== own.hubId) throw new ServiceError(0, "WRONG_HUB", "another hub answered");
  store.set(key.me, { ...me(store), accountId: enlisted.accountId, deviceId: enlisted.deviceId, handle: enlisted.handle } satisfies Me);
}

// Why our service is suspended at the hub is public: service-levels.md#4.
export async function suspensionReason(own: Me): Promise<string> {
  const { providers = [] } = await ask<{ providers?: { id?: string; stateReason?: string }[] }>(new URL("/v1/interop/offer", own.hubUrl), {});
  return providers.find(({ id }) => id === own.provider)?.stateReason ?? "";
}

export async function newDevice(store: Store, server: string, user: string, session: string, resetIdentity = false): Promise<void> {
  const { provider, hub, hubId } = await ask<{ provider: string; hub: string; hubId: string }>(new URL("/service", server), {});
  const identity = IdentityKeyPair.generate();
  const fresh: Me = {
    user, server, session, provider, hubUrl: hub, hubId, accountId: "", deviceId: 0, handle: "",
    registrationId: 1 + randomInt(16380), identityPrivate: b64(identity.privateKey.serialize()),
    identityPublic: b64(identity.publicKey.serialize()), authSeed: b64(random(32)),
    token: "", tokenExpiresAt: 0, nextKeyId: 1, signedId: 0, signedAt: 0, lastResortId: 0, lastResortAt: 0,
  };
  store.set(key.me, fresh);
  await enlist(store, resetIdentity);
}

// The server ends the enlistment at the hub and, with device 0, forgets the person.
export async function end(store: Store, deviceId: number): Promise<{ accountRemoved?: boolean; devicesRemoved?: number }> {
  return ask(new URL("/delete", me(store).server), post(me(store).session, { deviceId }));
}

export async function upload(store: Store, path: string): Promise<{ url: string; expires: number }> {
  const own = me(store), url = new URL("/media", own.server);
  const { status, body } = await transfer.upload(url, { authorization: `Bearer ${own.session}` }, path).catch(() => {
    throw new ServiceError(0, "UNREACHABLE", `${url.origin} does not take the file`);
  });
  if (status !== 201) throw new ServiceError(status, "", `the service does not take the file (${status})`);
  return JSON.parse(body) as { url: string; expires: number };
}
