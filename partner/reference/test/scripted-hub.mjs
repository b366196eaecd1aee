// A hub that does what a test says, and a person on it. Only enough of one to try our client with what a real hub never does.
import { createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as signal from "@signalapp/libsignal-client";
import { WebSocketServer } from "ws";
import { base32, own, random } from "../dist/core/bytes.js";
import { helloBytes } from "../dist/core/auth.js";
import { frankingTag } from "../dist/core/franking.js";
import { conversationId, roomUri, senderUri } from "../dist/core/ids.js";
import { pad, unpad } from "../dist/core/padding.js";
import * as make from "../dist/content/make.js";
import { messageId } from "../dist/content/mimi.js";
import { ClientBatchSchema, ServerBatchSchema } from "../dist/gen/proto/channel_pb.js";
import { EnvelopeSchema } from "../dist/gen/proto/e2e_pb.js";

export class ScriptedHub {
  id = random(16); challengeId = this.id; people = new Map(); connections = []; hellos = []; asked = []; enlistments = []; files = new Map();
  limits = { maxBatchBytes: 262144, maxDevices: 8, deliveryWindow: 256, maxOpenRequests: 64, pingIntervalMs: 45000, maxOneTimePrekeys: 200, maxCiphertextBytes: 131072 };
  counts = { oneTime: 0, oneTimeKyber: 0, signedPrekeyId: 0, lastResortKyberPrekeyId: 0 };
  answer = () => undefined; // (body) => another answer, or undefined for the usual one
  welcome = () => undefined;
  #clock = Date.now() * 1000;

  async start() {
    this.http = createServer((request, response) => this.#http(request, response));
    this.sockets = new WebSocketServer({ server: this.http, path: "/v1/channel", handleProtocols: (offered) => (offered.has("parley.channel.v1") ? "parley.channel.v1" : false) });
    this.sockets.on("connection", (socket) => this.#connected(socket));
    await new Promise((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.http.address().port}`;
  }
  async stop() {
    for (const socket of this.sockets.clients) socket.terminate();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  async #http(request, response) {
    let text = "";
    for await (const part of request) text += part;
    const say = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/v1/hub") return say(200, { hubId: Buffer.from(this.id).toString("base64") });
    if (request.url === "/v1/enlistments") {
      if (this.refuse) return say(this.refuse.status, { code: this.refuse.code });
      this.client = JSON.parse(text);
      this.enlistments.push(this.client);
      this.account ??= random(16);
      return say(200, { accountId: Buffer.from(this.account).toString("base64"), deviceId: 1, hubId: Buffer.from(this.id).toString("base64"), handle: "bob@nordlys" });
    }
    if (request.url === "/v1/interop/offer" && this.offer) return say(200, this.offer);
    const file = this.files.get(request.url);
    if (file) return response.writeHead(200, { "content-type": "application/octet-stream", "content-length": file.length }).end(file);
    say(404, { code: "NOT_FOUND" });
  }

  tick() { return BigInt(++this.#clock); }
  push(...bodies) { this.write(...bodies.map((body) => ({ replyTo: 0n, body }))); }
  write(...frames) { this.connections.at(-1).send(toBinary(ServerBatchSchema, create(ServerBatchSchema, { frames }))); }

  #connected(socket) {
    this.connections.push(socket);
    const nonce = random(32);
    this.push({ case: "challenge", value: { hubId: this.challengeId, nonce, versions: [1] } });
    socket.on("message", (data) => {
      for (const frame of fromBinary(ClientBatchSchema, data).frames) {
        if (frame.body.case === "hello") this.#hello(frame, nonce);
        else this.#request(frame);
      }
    });
  }
  #hello(frame, nonce) {
    const { provider } = { provider: frame.body.value.credential.value };
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(this.client.deviceAuthKey, "base64").toString("base64url") }, format: "jwk" });
    const valid = verify(null, helloBytes(nonce, this.id, this.client.device.registrationId), key, provider.signature);
    this.hellos.push({ valid, token: provider.token, at: Date.now() });
    const body = this.welcome() ?? { case: "welcome", value: { version: 1, accountId: this.account, deviceId: 1, nowMs: BigInt(Date.now()), limits: this.limits, prekeys: this.counts, handle: "bob@nordlys" } };
    this.write({ replyTo: frame.requestId, body });
  }
  #request({ requestId, body }) {
    this.asked.push(body);
    if (requestId === 0n) return;
    const reply = this.answer(body) ?? this.#usual(body);
    if (reply !== "silence") this.write({ replyTo: requestId, body: reply });
  }
  #usual({ case: what, value }) {
    const by = (id) => [...this.people.values()].find((person) => Buffer.from(person.account).equals(id));
    switch (what) {
      case "ping": return { case: "pong", value: { nowMs: BigInt(Date.now()) } };
      case "uploadPrekeys":
        if (value.signedPrekey) this.counts.signedPrekeyId = value.signedPrekey.id;
        if (value.lastResortKyberPrekey) this.counts.lastResortKyberPrekeyId = value.lastResortKyberPrekey.id;
        this.counts.oneTime += value.oneTimePrekeys.length;
        this.counts.oneTimeKyber += value.oneTimeKyberPrekeys.length;
        return { case: "prekeyCounts", value: this.counts };
      case "lookup": {
        const person = value.who.case === "handle" ? this.people.get(value.who.value) : by(value.who.value);
        return person ? { case: "account", value: person.shown() } : { case: "failure", value: { code: 40 } };
      }
      case "fetchPrekeys": return by(value.accountId).bundles(value.deviceIds);
      case "send": return { case: "accepted", value: { acceptedAtUs: this.tick(), franking: { keyId: 1, mac: random(32) } } };
      default: return { case: "done", value: {} };
    }
  }
  seen(what) { return this.asked.filter((body) => body.case === what).map((body) => body.value); }
  // The client's published keys, as a bundle for a session with it.
  #handedOut = 0;
  bundle(oneTime = true) {
    const next = oneTime ? this.#handedOut++ : 0;
    const uploads = this.seen("uploadPrekeys"), signed = uploads.findLast((upload) => upload.signedPrekey).signedPrekey;
    const last = uploads.findLast((upload) => upload.lastResortKyberPrekey).lastResortKyberPrekey;
    const one = oneTime ? uploads.flatMap((upload) => upload.oneTimePrekeys)[next] : undefined, kyber = oneTime ? uploads.flatMap((upload) => upload.oneTimeKyberPrekeys)[next] : last;
    return signal.PreKeyBundle.new(this.client.device.registrationId, 1, one?.id ?? null, one ? signal.PublicKey.deserialize(own(one.publicKey)) : null,
      signed.id, signal.PublicKey.deserialize(own(signed.publicKey)), own(signed.signature), signal.PublicKey.deserialize(own(Buffer.from(this.client.device.identityKey, "base64"))),
      kyber.id, signal.KEMPublicKey.deserialize(own(kyber.publicKey)), own(kyber.signature));
  }
}

class Memory {
  sessions = new Map(); keys = new Map();
  constructor(identity, registrationId) {
    const key = (address) => `${address.name()}.${address.deviceId()}`, { sessions, keys } = this;
    this.session = Object.assign(Object.create(signal.SessionStore.prototype), {
      saveSession: async (address, record) => void sessions.set(key(address), record.serialize()),
      getSession: async (address) => (sessions.has(key(address)) ? signal.SessionRecord.deserialize(sessions.get(key(address))) : null),
    });
    this.identity = Object.assign(Object.create(signal.IdentityKeyStore.prototype), {
      getIdentityKey: async () => identity.privateKey, getLocalRegistrationId: async () => registrationId,
      saveIdentity: async () => 0, isTrustedIdentity: async () => true, getIdentity: async () => null,
    });
    const store = (prototype, save, get, more) => Object.assign(Object.create(prototype), { [save]: async (id, record) => void keys.set(`${save}${id}`, record),
      [get]: async (id) => keys.get(`${save}${id}`), ...more });
    this.preKeys = store(signal.PreKeyStore.prototype, "savePreKey", "getPreKey", { removePreKey: async () => {} });
    this.signed = store(signal.SignedPreKeyStore.prototype, "saveSignedPreKey", "getSignedPreKey");
    this.kyber = store(signal.KyberPreKeyStore.prototype, "saveKyberPreKey", "getKyberPreKey", { markKyberPreKeyUsed: async () => {} });
  }
}

// A person of the hub; each of their devices is a Memory with one set of keys.
export class Person {
  account = random(16); identity = signal.IdentityKeyPair.generate(); devices = new Map();
  features = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
  constructor(hub, handle) {
    this.hub = hub;
    this.handle = handle;
    hub.people.set(handle, this);
  }
  async device(id, registrationId = 100 + id) {
    const memory = new Memory(this.identity, registrationId), pair = signal.PrivateKey.generate(), kem = signal.KEMKeyPair.generate();
    const sign = (key) => this.identity.privateKey.sign(key), publicKey = pair.getPublicKey().serialize(), kemKey = kem.getPublicKey().serialize();
    await memory.signed.saveSignedPreKey(1, signal.SignedPreKeyRecord.new(1, Date.now(), pair.getPublicKey(), pair, sign(publicKey)));
    await memory.kyber.saveKyberPreKey(1, signal.KyberPreKeyRecord.new(1, Date.now(), kem, sign(kemKey)));
    const bundle = { deviceId: id, registrationId, signedPrekey: { id: 1, publicKey, signature: sign(publicKey) }, kyberPrekey: { id: 1, publicKey: kemKey, signature: sign(kemKey) } };
    this.devices.set(id, { memory, bundle, registrationId });
    return this;
  }
  shown() { return { accountId: this.account, handle: this.handle, identityKey: this.identity.publicKey.serialize(), features: this.features }; }
  bundles(ids) {
    const devices = [...this.devices.values()].map(({ bundle }) => bundle).filter(({ deviceId }) => ids.length === 0 || ids.includes(deviceId));
    return { case: "prekeyBundles", value: { accountId: this.account, identityKey: this.identity.publicKey.serialize(), devices } };
  }
  get conversation() { return conversationId(this.account, this.hub.account); }
  get sender() { return senderUri(this.hub.id, this.account); }
  get room() { return roomUri(this.hub.id, this.conversation); }
  #client() { return signal.ProtocolAddress.new(base32(this.hub.account), 1); }

  // What a Send of our client holds for one of our devices.
  async open(send, id = 1) {
    const { memory } = this.devices.get(id), target = send.recipients[0].devices.find(({ deviceId }) => deviceId === id), bytes = own(target.ciphertext);
    const padded = target.type === 2
      ? await signal.signalDecryptPreKey(signal.PreKeySignalMessage.deserialize(bytes), this.#client(), memory.session, memory.identity, memory.preKeys, memory.signed, memory.kyber)
      : await signal.signalDecrypt(signal.SignalMessage.deserialize(bytes), this.#client(), memory.session, memory.identity);
    const envelope = fromBinary(EnvelopeSchema, unpad(padded)).body.value;
    return { envelope, padded, version: bytes[0] >> 4, type: target.type };
  }

  // A Deliver to our client; `spoil` changes what a test wants wrong.
  async seal(draft, { id = 1, spoil = {}, fresh = false, oneTime = true, request = false } = {}) {
    const { memory } = this.devices.get(id);
    if (fresh || !memory.sessions.has(`${base32(this.hub.account)}.1`)) {
      memory.sessions.clear();
      await signal.processPreKeyBundle(this.hub.bundle(oneTime), this.#client(), memory.session, memory.identity);
    }
    const tagged = draft.body.contentType !== make.statusType;
    const { encoded, salt } = make.make({ sender: spoil.sender ?? this.sender, room: spoil.room ?? this.room }, draft);
    const key = tagged && !spoil.noKey ? random(32) : new Uint8Array(0), recipient = senderUri(this.hub.id, this.hub.account);
    const tag = tagged ? frankingTag({ key, sender: this.sender, recipient, conversation: this.conversation, content: encoded }) : new Uint8Array(0);
    const envelope = toBinary(EnvelopeSchema, create(EnvelopeSchema, { body: spoil.body ?? { case: "content", value: { frankingKey: key, mimiContent: encoded } } }));
    const message = await signal.signalEncrypt(spoil.padded?.(envelope) ?? pad(envelope), this.#client(), memory.session, memory.identity);
    const value = { acceptedAtUs: this.hub.tick(), senderAccountId: this.account, senderDeviceId: id, conversationId: this.conversation,
      type: message.type() === 3 ? 2 : 1, ciphertext: message.serialize(), frankingTag: spoil.tag ?? tag, franking: { keyId: 1, mac: random(32) }, sendId: random(16), request };
    return { case: "deliver", value, id: Buffer.from(messageId(this.sender, this.room, encoded, salt)).toString("hex") };
  }
  async says(text, options) { return this.deliver(await this.seal(make.text(text), options)); }
  deliver(...delivers) {
    this.hub.push(...delivers.map(({ case: what, value }) => ({ case: what, value })));
    return delivers[0];
  }
}
