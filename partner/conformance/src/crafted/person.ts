// A person of the hub that the kit plays itself, with one device or several.
import { randomBytes } from "node:crypto";
import { IdentityKeyPair } from "@signalapp/libsignal-client";

import { ascii, bigEndian, joined, own } from "../bytes.js";
import { Relation, type Account } from "../gen/proto/channel_pb.js";
import { Device, newRegistrationId, type Peer } from "./device.js";

interface Registered {
  readonly accountId: string;
  readonly deviceId: number;
  readonly sessionToken: string;
  readonly hubId: string;
}

const kPassword = "four words are enough";
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string): Uint8Array => own(Buffer.from(text, "base64"));

async function post<Answer>(hubUrl: string, path: string, body: object): Promise<Answer> {
  const answer = await fetch(hubUrl + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const said = await answer.json() as Answer & { code?: string; detail?: string };
  if (!answer.ok) throw new Error(`the hub refused the kit's own person at ${path}: ${said.code ?? answer.status} ${said.detail ?? ""}`);
  return said;
}

export class Crafted {
  readonly devices: Device[] = [];
  private constructor(private readonly hubUrl: string, readonly name: string, readonly accountId: Uint8Array, private identity: IdentityKeyPair) {}

  static async join(hubUrl: string, name: string, provider: string, reachable: boolean): Promise<Crafted> {
    const [identity, registrationId] = [IdentityKeyPair.generate(), newRegistrationId()];
    const registered = await post<Registered>(hubUrl, "/v1/accounts", {
      handle: name, password: kPassword, country: "DE",
      device: { registrationId, identityKey: base64(identity.publicKey.serialize()), name: "" } });
    const person = new Crafted(hubUrl, name, bytesOf(registered.accountId), identity);
    const device = await person.enter(registered, registrationId);
    await device.request({ case: "setThirdParty", value: { enabled: true, providerIds: [provider], reachable } });
    return person;
  }

  get device(): Device {
    return this.devices[0]!;
  }

  get identityKey(): Uint8Array {
    return this.identity.publicKey.serialize();
  }

  get token(): Uint8Array {
    return this.tokens.get(this.device)!;
  }
  private readonly tokens = new Map<Device, Uint8Array>();

  private async enter(registered: Registered, registrationId: number): Promise<Device> {
    const token = bytesOf(registered.sessionToken);
    const device = new Device(this.hubUrl, bytesOf(registered.hubId), bytesOf(registered.accountId), registered.deviceId, registrationId,
                              token, this.identity);
    this.tokens.set(device, token);
    this.devices.push(device);
    await device.connect();
    await device.publish();
    return device;
  }

  /** One more device; with `reset` under a new identity key, and then it is the only one. */
  async addDevice(reset = false): Promise<Device> {
    if (reset) {
      this.leave();
      this.devices.length = 0;
      this.identity = IdentityKeyPair.generate();
    }
    const { loginToken } = await post<{ loginToken: string }>(this.hubUrl, "/v1/logins", { handle: this.name, password: kPassword });
    const registrationId = newRegistrationId();
    const proof = this.identity.privateKey.sign(joined(ascii("parley-add-device-1"), bytesOf(loginToken), bigEndian(registrationId, 4)));
    const registered = await post<Registered>(this.hubUrl, "/v1/devices", {
      loginToken, proof: base64(proof), resetIdentity: reset,
      device: { registrationId, identityKey: base64(this.identityKey), name: "" } });
    return this.enter(registered, registrationId);
  }

  async lookup(who: string | Uint8Array): Promise<Account> {
    const body = await this.device.request({ case: "lookup", value: {
      who: typeof who === "string" ? { case: "handle", value: who } : { case: "accountId", value: who } } });
    if (body.case !== "account") throw new Error(`the hub answered ${body.case} to a lookup`);
    return body.value;
  }

  async accept(peer: Peer): Promise<void> {
    await this.device.request({ case: "setRelation", value: { accountId: peer.accountId, relation: Relation.ACCEPTED } });
  }

  async turnOff(): Promise<void> {
    await this.device.request({ case: "setThirdParty", value: { enabled: false, providerIds: [], reachable: false } });
  }

  async deleteAccount(): Promise<void> {
    await post(this.hubUrl, "/v1/accounts/delete", { handle: this.name, password: kPassword });
  }

  leave(): void {
    for (const device of this.devices) device.leave();
  }
}

export const randomName = (): string => `nobody-${randomBytes(4).toString("hex")}`;
