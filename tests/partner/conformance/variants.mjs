// The sample service, broken: `edits` are [file below src, text, other text], each text found exactly once;
// `test` must fail, for the reason `because`. No entry may be left without a test that catches it.
const features = "REPLY,REACTION,EDIT,DELETE,EXPIRY,DELIVERY_RECEIPT,READ_RECEIPT,TYPING,IMAGE,VOICE,VIDEO,FILE,RETRY_RECEIPT";

const variant = (test, name, because, ...edits) => ({ test, name, because, edits });

/** The same, with a Signal library that still speaks X3DH. */
const withX3dh = (...of) => ({ ...variant(...of), library: "libsignal-0.72" });

/** `edits` that make it send its words in the clear to whoever's bundle is `wrong`. */
const inTheClear = (wrong) => [
  ["client/encrypt.ts", "    if (!signedPrekey || !kyberPrekey) throw new Error", `    if (${wrong}) return;\n    if (!signedPrekey || !kyberPrekey) throw new Error`],
  ["client/encrypt.ts", "stores.sessions, stores.identities);\n    const type = ", `stores.sessions, stores.identities).catch(() => null);
    if (!message) return { deviceId: id, registrationId, type: CiphertextType.SIGNAL, ciphertext: pad(envelopeOf(entry)) };\n    const type = `],
];

const identity = [
  variant("identity/1", "private-key-in-the-jwks", /public parts only/,
    ["server/keys.ts", ".map((key) => key.publicJwk) }", ".map((key) => ({ ...key.publicJwk, d: key.privateJwk.d })) }"]),
  variant("identity/1", "keys-without-names", /a kid/,
    ["server/keys.ts", ".map((key) => key.publicJwk) }", ".map(({ publicJwk: { kid: _kid, ...key } }) => key) }"]),
  variant("identity/2", "token-of-another-key", /signature/,
    ["server/keys.ts", '.sign(await importJWK(key.privateJwk, "EdDSA"))', '.sign((await generateKeyPair("EdDSA", { crv: "Ed25519" })).privateKey)']),
  variant("identity/2", "token-for-another-audience", /BAD_TOKEN.*aud/, ["server/keys.ts", ".setAudience(hubIdText)", '.setAudience("somebody-else")']),
  variant("identity/3", "one-authentication-key-for-all", /of each device's own/,
    ["client/service.ts", "authSeed: b64(random(32))", "authSeed: b64(new Uint8Array(32).fill(7))"]),
  variant("identity/4", "visible-id-of-another-form", /INVALID_ARGUMENT/, ["server/keys.ts", ".setSubject(visibleId)", ".setSubject(visibleId.toUpperCase())"]),
  variant("identity/5", "same-jti", /TOKEN_REPLAYED/, ["server/keys.ts", ".setJti(randomUUID())", '.setJti("1")']),
  variant("identity/5", "token-for-30-hours", /BAD_TOKEN.*day/, ["server/keys.ts", "tokenSeconds = 12 * 3600", "tokenSeconds = 30 * 3600"]),
  { ...variant("identity/6", "second-device-with-an-identity-of-its-own", /one identity key/), options: ["--features", `${features},MULTI_DEVICE`] },
  variant("identity/7", "resets-the-identity-when-enlisting-again", /resetIdentity false/,
    ["client/link.ts", "await enlist(this.store); // the same", "await enlist(this.store, true); // the same"]),
  variant("identity/8", "old-key-gone-after-a-rotation", /before still verifies/,
    ["server/keys.ts", ".filter((key) => !key.retiredAt || key.retiredAt + keepRetired > now)", ".filter((key) => !key.retiredAt)"]),
];

const channel = [
  variant("channel/1", "hello-without-the-nonce", /BAD_SIGNATURE/,
    ["core/auth.ts", 'concat(utf8("parley-hello-1"), nonce,', 'concat(utf8("parley-hello-1"), new Uint8Array(nonce.length),']),
  variant("channel/2", "any-hub-will-do", /hello to a hub with another id|client closes/, ["client/channel.ts", "if (!equal(hubId, unb64(this.me.hubId)))", "if (false)"]),
  variant("channel/3", "same-key-published-twice", /no key twice/,
    ["client/prekeys.ts", "id = this.takeId(tx), pair = PrivateKey.generate();", "id = this.takeId(tx), pair = PrivateKey.deserialize(own_.slice());"],
    ["client/prekeys.ts", "const wanted = 100;", "const wanted = 100, own_ = PrivateKey.generate().serialize();"]),
  variant("channel/3", "ten-prekeys", /at least 20/, ["client/prekeys.ts", "const wanted = 100;", "const wanted = 10;"]),
  variant("channel/4", "deaf-to-prekeys-low", /20 new one-time keys/, ["client/client.ts", 'body.case === "prekeysLow"', "body.case === undefined"]),
  variant("channel/5", "acknowledges-before-storing", /once after the crash/,
    ["client/client.ts", "const peer = await this.inbox.take(deliver);", `this.link.tell({ case: "acknowledge", value: { acceptedAtUs: [deliver.acceptedAtUs] } });
        await new Promise((resolve) => setTimeout(resolve, 20));
        const peer = await this.inbox.take(deliver);`]),
  variant("channel/5", "never-acknowledges", /Acknowledge/, ["client/client.ts", 'this.link.tell({ case: "acknowledge"', '((_frame: unknown) => {})({ case: "acknowledge"']),
  variant("channel/5", "asks-again-for-duplicates", /retry request for a duplicate/,
    ["client/inbox.ts", "if (error instanceof Replayed || LibSignalErrorBase.is(error, SignalCode.DuplicatedMessage)) return;", "if (error instanceof Replayed) return;"]),
  variant("channel/6", "encrypts-anew-when-repeating", /same send_id/, ["client/outbox.ts", "entry.send ? entry : await", "await"]),
  variant("channel/7", "mismatch-ends-the-message", /to both devices/,
    ["client/outbox.ts", "const gone = entry.devices?.every(", "const gone = (entry.devices ?? [0]).every(() => true) || entry.devices?.every("]),
  variant("channel/7", "new-content-after-a-mismatch", /same C, N and T|same tag|new send_id/,
    ["client/outbox.ts", "send: undefined, sendId: undefined, mismatches,", "send: undefined, sendId: undefined, tag: b64(new Uint8Array(32).fill(mismatches)), mismatches,"],
    ["client/outbox.ts", 'import { base32, unb64 }', 'import { b64, base32, unb64 }']),
  variant("channel/8", "first-frame-of-a-batch-alone", /two/, ["client/channel.ts", "for (const frame of frames) this.take(frame);", "for (const frame of frames.slice(0, 1)) this.take(frame);"]),
  variant("channel/8", "leaves-at-an-unknown-push", /two|stays/,
    ["client/channel.ts", "} else if (body.case !== undefined) {", '} else if (body.case === undefined) {\n      this.end(new ConnectionLost("unknown"));\n    } else {']),
  variant("channel/9", "reconnects-at-once", /pause 1 between/, ["client/link.ts", "Math.min(30_000, this.pause === 0 ? 500 : this.pause * 2)", "1"]),
  variant("channel/9", "pauses-that-do-not-grow", /pause [23] between/, ["client/link.ts", "this.pause === 0 ? 500 : this.pause * 2", "500"]),
  variant("channel/9", "pauses-without-chance", /random pauses/, ["client/link.ts", "Math.random() * (this.pause / 2)", "this.pause / 4"]),
  variant("channel/9", "reconnects-after-replaced", /SESSION_REPLACED/, ["client/link.ts", "new Set([ErrorCode.SESSION_REPLACED, ", "new Set(["]),
  variant("channel/9", "never-pings", /Ping/, ["client/channel.ts", 'this.request({ case: "ping", value: {} }).catch(() => {});', ""]),
  variant("channel/10", "limits-of-its-own", /open requests/, ["client/channel.ts", "Math.max(1, Math.min(this.limits?.maxOpenRequests || 64, 48))", "48"]),
  variant("channel/10", "batches-of-its-own", /bytes/, ["client/prekeys.ts", "Math.max(1, Math.min(100, Math.floor(((limits?.maxBatchBytes || 262_144) - 1024) / 1700)))", "100"],
    ["client/channel.ts", "if (bytes.length > (this.limits?.maxBatchBytes || 262_144))", "if (false)"]),
];

const messaging = [
  variant("messaging/1", "newest-first", /order kept/, ["client/chats.ts", ".sort((a, b) => (a.at ?? Number.MAX_VALUE) - (b.at ?? Number.MAX_VALUE))", ".sort((b, a) => (a.at ?? Number.MAX_VALUE) - (b.at ?? Number.MAX_VALUE))"]),
  variant("messaging/2", "wrong-version-byte", /0x44|arrives/, ["client/encrypt.ts", "type, ciphertext: message.serialize() }", "type, ciphertext: message.serialize().fill(0x33, 0, 1) }"]),
  withX3dh("messaging/2", "takes-version-3", /version 3 .* is refused/, ["client/inbox.ts", 'if (bytes[0] !== 0x44) throw new Refused("MALFORMED");', ""]),
  withX3dh("messaging/2", "version-3-where-kyber-is-missing", /bundle with no Kyber prekey/,
    ["client/encrypt.ts", "if (!signedPrekey || !kyberPrekey) throw", "if (!signedPrekey) throw"],
    ["client/encrypt.ts", "kyberPrekey.id, KEMPublicKey.deserialize(own(kyberPrekey.publicKey)), own(kyberPrekey.signature))",
      "...(kyberPrekey ? [kyberPrekey.id, KEMPublicKey.deserialize(own(kyberPrekey.publicKey)), own(kyberPrekey.signature)] : []))"]),
  variant("messaging/2", "signed-prekey-not-verified", /bundle with a signed prekey with a false signature/,
    ...inTheClear("!identity.verify(own(signedPrekey!.publicKey), own(signedPrekey!.signature))")),
  variant("messaging/2", "kyber-prekey-not-verified", /bundle with a Kyber prekey with a false signature/,
    ...inTheClear("kyberPrekey && !identity.verify(own(kyberPrekey.publicKey), own(kyberPrekey.signature))")),
  variant("messaging/3", "no-padding", /after the padding/, ["core/padding.ts", "new Uint8Array(paddedSize(plain.length))", "new Uint8Array(plain.length + 1)"]),
  variant("messaging/3", "wrong-bucket", /after the padding/, ["core/padding.ts", "if (length < 1024) return 1024;", "if (length < 1024) return 1028;"]),
  variant("messaging/3", "bucket-at-its-edge", /4096 bytes after the padding of 1024|after the padding/, ["core/padding.ts", "Math.ceil((length + 1) / 4096)", "Math.ceil(length / 4096)"],
    ["core/padding.ts", "const out = new Uint8Array(paddedSize(plain.length));", "const out = new Uint8Array(Math.max(paddedSize(plain.length), plain.length + 1));"]),
  variant("messaging/3", "only-its-own-zeros", /is shown/, ["core/padding.ts", "padded[end - 1] !== 0x80)", "padded[end - 1] !== 0x80 || padded.length !== paddedSize(end - 1))"]),
  variant("messaging/3", "padding-not-demanded", /without padding/, ["core/padding.ts", 'if (end === 0 || padded[end - 1] !== 0x80) throw new Error("no padding");', "if (end === 0 || padded[end - 1] !== 0x80) return own(padded);"]),
  variant("messaging/4", "any-sender-and-room", /another sender is refused/, ["client/inbox.ts", "if (mimi.extensions.get(1) !== sender || mimi.extensions.get(2) !== room)", "if (false)"]),
  variant("messaging/4", "room-not-compared", /another room is refused/, ["client/inbox.ts", " || mimi.extensions.get(2) !== room)", ")"]),
  variant("messaging/4", "wrong-room-inside", /extension 2/, ["content/make.ts", "[2, where.room]", "[2, where.sender]"]),
  variant("messaging/4", "lenient-cbor", /longer than it must be is refused/, ["content/cbor.ts", 'if (!equal(encodeCbor(value), bytes)) throw new Error("not deterministic CBOR");', ""],
    ["content/cbor.ts", "strict: true,", "strict: false,"]),
  variant("messaging/5", "wrong-tag-accepted", /a wrong tag is refused/, ["client/inbox.ts", "if (!frankingFits(deliver.frankingTag, franked))", "if (false)"]),
  variant("messaging/5", "untagged-words-accepted", /without tag and key is refused/, ["client/inbox.ts", 'if (meaning.kind !== "status" && deliver.frankingTag.length === 0)', "if (false)"]),
  variant("messaging/5", "tag-for-another-recipient", /T over/, ["client/client.ts", "recipient = senderUri(unb64(this.me.hubId), unb64(peer.accountId));", "recipient = sender;"]),
  variant("messaging/6", "one-time-prekey-used-again", /same one-time prekey is refused/, ["client/signal-stores.ts", "async removePreKey(id: number): Promise<void> {\n    this.tx.delete(key.prekey(id));", "async removePreKey(_id: number): Promise<void> {"]),
  variant("messaging/6", "kyber-prekey-used-again", /same one-time Kyber prekey is refused/, ["client/signal-stores.ts", "if (!entry.lastResort) return this.tx.delete(key.kyber(id));", "if (!entry.lastResort) return;"]),
  variant("messaging/7", "no-retry-request", /RETRY_REQUEST/, ["client/retry.ts", "if (attempt > 3) return false;", "return false;"]),
  variant("messaging/7", "retry-request-for-all-devices", /only_these_devices/, ["client/encrypt.ts", "onlyTheseDevices: entry.devices !== undefined", "onlyTheseDevices: entry.kind === \"retry-answer\""]),
  variant("messaging/7", "no-duplicate-suppression", /message once/, ["client/chats.ts", "return tx.get(key.message(peer, id)) !== undefined || tx.get(key.seen(peer, id)) !== undefined;", "return false;"],
    ["client/chats.ts", "    tx.set(key.message(peer, id), message);\n    const early", "    tx.set(key.message(peer, tx.get(key.message(peer, id)) ? `${id}2` : id), message);\n    const early"]),
  variant("messaging/8", "answers-for-ever", /3 answers/, ["client/retry.ts", " || answers >= 3)", ")"]),
  variant("messaging/8", "answers-anybody", /no target/, ["client/retry.ts", "if (!sent.targets.includes(device) || ", "if ("]),
  variant("messaging/8", "answers-a-new-identity", /identity changed/, ["client/retry.ts", "kept.identityKey !== peer.identityKey || ", ""],
    ["client/retry.ts", "if (!sent.targets.includes(device) || ", "if ((kept.identityKey === peer.identityKey && !sent.targets.includes(device)) || "]),
  variant("messaging/9", "refuses-who-starts-too", /eva began/, ["client/inbox.ts", "const message = PreKeySignalMessage.deserialize(bytes);",
    'const message = PreKeySignalMessage.deserialize(bytes);\n    if (tx.get(key.session(`${peer.id}.${deliver.senderDeviceId}`))) throw new Refused("MALFORMED");']),
  variant("messaging/10", "forgets-what-was-not-answered", /500 messages at eva/, ["client/outbox.ts", "if (error instanceof ConnectionLost) return false;",
    "if (error instanceof ConnectionLost) {\n        this.store.write([[key.out(entry.seq), undefined]]);\n        return true;\n      }"]),
  variant("messaging/11", "reports-before-acceptance", /report before acceptance/, ["client/client.ts", "if (!peer || !entries || peer.decision !== Decision.Accepted) return;", "if (!peer || !entries) return;"]),
];

const fourth = [
  variant("features/1", "edit-as-new-message", /replaces/, ["content/make.ts", "({ replaces: first, inReplyTo, body: textPart(said) })", "({ inReplyTo, body: textPart(said) })"]),
  variant("features/1", "edits-after-deletion", /final/, ["client/chats.ts", "if (original.mine !== mine || original.deleted || original.kind", "if (original.mine !== mine || original.kind"],
    ["client/chats.ts", "text: meaning.text, edited: true, editedAt: at }", "text: meaning.text, deleted: false, edited: true, editedAt: at }"]),
  variant("features/1", "expired-messages-stay", /gone a second after/, ["client/chats.ts", "message.removeAt !== undefined && message.removeAt <= Date.now()", "false"]),
  variant("features/2", "sends-what-cannot-be-shown", /no reply, reaction/, ["client/client.ts", "if (feature !== null && !peer.features.includes(feature)) throw", "if (false) throw"]),
  variant("features/3", "drops-what-it-does-not-know", /not supported/, ["client/chats.ts", 'case "text": case "file": case "unsupported": return this.add(tx, arrival);', 'case "unsupported": return [];\n      case "text": case "file": return this.add(tx, arrival);']),
  variant("features/4", "edits-by-anybody", /as it was/, ["client/chats.ts", "if (original.mine !== mine || original.deleted || original.kind", "if (original.deleted || original.kind"]),
  variant("features/4", "deletions-by-anybody", /as it was/, ["client/chats.ts", "if (original.mine !== mine || original.deleted) return [];", "if (original.deleted) return [];"]),
  variant("features/5", "hash-of-a-file-not-checked", /parley.plaintext-sha256 is refused/, ["core/media.ts", "if (!equal(plainHash.digest(), of.plaintextHash)) throw", "if (false) throw"]),
  variant("features/5", "last-chunk-not-marked", /opens with encAlg/, ["core/media.ts", "Uint8Array.of(last ? 1 : 0)", "Uint8Array.of(0)"]),
  variant("features/5", "takes-plain-files", /not encrypted \(encAlg 0\) is refused/,
    ["core/media.ts", "  if (of.encAlg === chunked && of.size <= mostBytes)", "  if (of.encAlg === 0) return { least: of.size, most: of.size };\n  if (of.encAlg === chunked && of.size <= mostBytes)"],
    ["core/media.ts", "index, at + step >= size, piece) : openWhole(of, piece);", "index, at + step >= size, piece) : of.encAlg === 0 ? piece : openWhole(of, piece);"]),
  variant("features/5", "any-padding-of-files", /padding is not zero is refused/, ["core/media.ts", "if (plain.subarray(rest).some((byte) => byte !== 0)) throw", "if (false) throw"]),
  variant("features/6", "shows-files-of-a-request", /no file is shown/, ["client/chats.ts", 'request && meaning.kind !== "text" ? "unsupported" : meaning.kind', "meaning.kind"]),
  variant("features/6", "shows-reactions-of-a-request", /no reaction is shown/, ["client/chats.ts", 'if (arrival.request && meaning.kind !== "delete") return [];', ""]),
  variant("features/6", "ignores-request-pending", /three sends/, ["client/people.ts", 'return error.code === ErrorCode.REQUEST_PENDING ? "pending" : null;', "return null;"]),
  variant("features/6", "types-in-a-request", /no typing/, ["client/client.ts", "peer.decision !== Decision.Accepted || !peer.heard || !peer.features", "!peer.features"]),
  variant("features/6", "reacts-in-a-request", /text alone/, ["client/client.ts", 'if (!requestable && !peer.heard) throw', "if (false) throw"]),
  variant("features/7", "block-stays-here", /BLOCKED/, ["client/people.ts", 'await this.request({ case: "setRelation"', 'if (decision !== Decision.Blocked) await this.request({ case: "setRelation"']),
  variant("features/7", "reads-the-blocked", /nothing of a blocked/, ["client/inbox.ts", "if (known.decision === Decision.Blocked || known.decision === Decision.Declined) return known;", ""]),
  variant("features/8", "silent-about-a-new-key", /identity/, ["client/people.ts", 'this.events.emit("identity",', 'if (verified) this.events.emit("identity",']),
  variant("features/8", "writes-to-a-changed-key", /verified contact/, ["client/people.ts", "agreeFirst: verified || peer.agreeFirst });", "agreeFirst: false });"]),
  variant("features/9", "safety-number-of-fewer-rounds", /expected \d{60}/, ["client/people.ts", "Fingerprint.new(5200, 2,", "Fingerprint.new(1024, 2,"]),
  variant("features/10", "report-under-another-key", /REPORT_UNPROVEN/, ["client/report.ts", "frankingKey: unb64(proof.key)", "frankingKey: random(32)"]),
  variant("features/11", "ranges-from-the-beginning", /the bytes of bytes=/, ["server/media.ts", "createReadStream(path, { start, end })", "createReadStream(path, { start: 0, end: end - start })"]),
  variant("features/11", "more-than-there-is", /416/, ["server/media.ts", "if (start > end) {", "if (start > end) {\n        start = end = 0;\n      } else if (false) {"]),
  variant("features/11", "nothing-as-an-answer", /404 or 410/, ["server/media.ts", 'throw new Refused(404, "there is no such file")', "return void response.writeHead(204).end()"]),
  variant("features/12", "fetches-from-anywhere", /no request elsewhere|does not lie at the hub is refused/, ["client/files.ts", 'throw new BadFile("the file lies somewhere else");', "return url!;"]),
  variant("features/12", "asks-the-host-of-the-url", /no request elsewhere/, ["client/files.ts", "return new URL(url.pathname, hubUrl);", "return url;"]),
  variant("features/12", "follows-redirects", /no redirect|no request elsewhere/, ["client/transfer.ts", "if (status !== 200 && status !== 206) throw",
    "if (status === 302) return await goOn({ url: new URL(answer.headers.location!), headers, least, most }, target, progress, stallMs);\n    if (status !== 200 && status !== 206) throw"]),
  variant("features/13", "first-file-alone", /3 files/, ["client/chats.ts", "&& shown === meaning.kind ? meaning.rest : undefined,", "&& false ? meaning.rest : undefined,"]),
  variant("features/14", "believes-any-identity", /does not name is refused/, ["client/signal-stores.ts", "    return trusted;", "    return true;"]),
  variant("features/14", "asks-nobody", /Lookup/, ["client/inbox.ts", 'if ((await this.people.refresh(peer)).identityKey !== offered) throw', "if (true) throw"]),
];

const last = [
  variant("deletion/1", "ends-everything-with-a-device", /device_id 1/, ["server/server.ts", 'typeof deviceId === "number" ? deviceId : 0', "0"]),
  variant("deletion/2", "deletion-stays-here", /UNKNOWN_ACCOUNT/, ["server/server.ts", 'const ended = await this.hub.end(this.keys, name, typeof deviceId === "number" ? deviceId : 0);', "const ended = {};"]),
  variant("deletion/3", "old-account-for-the-next-of-that-name", /IDENTITY_MISMATCH/, ["server/server.ts", 'const ended = await this.hub.end(this.keys, name, typeof deviceId === "number" ? deviceId : 0);', "const ended = {};"]),
  variant("deletion/4", "writes-to-a-deleted-account", /closed/, ["client/people.ts", 'if (error.code === ErrorCode.ACCOUNT_DELETED) return "deleted";', ""]),
  variant("deletion/5", "writes-to-who-turned-it-off", /closed/, ["client/people.ts", 'if (error.code === ErrorCode.NOT_REACHABLE) return "unreachable";', ""]),
  variant("reachability/1", "forged-push-accepted", /401 for no token/, ["server/server.ts", "await this.hub.verify(request.headers.authorization, true);", ""]),
  variant("reachability/1", "push-for-another-service-accepted", /another service's audience/, ["server/hub.ts", "audience: this.provider, ", ""]),
  variant("reachability/1", "old-push-accepted", /expired two minutes ago/, ["server/hub.ts", "clockTolerance: 60,", "clockTolerance: 600,"]),
  variant("reachability/2", "push-wakes-nobody", /connection after the push/, ["server/server.ts", 'client.send("wake")', "void client"]),
  variant("reachability/2", "asks-every-few-seconds", /while the push is held back/, ["cli/asleep.ts", 'socket.on("error", () => {});', 'socket.on("error", () => {});\n    setInterval(() => (busy = busy.then(fetchAll).catch(() => {})), 5000);']),
  variant("reachability/2", "asks-every-half-minute", /`woken`/, ["cli/asleep.ts", 'socket.on("message", (data: Buffer) => {', 'setInterval(() => (busy = busy.then(fetchAll).catch(() => {})), 30_000);\n    socket.on("message", (data: Buffer) => {\n      if (data) return;']),
  variant("reachability/3", "push-that-names-the-hub", /nothing of the hub/, ["server/server.ts", 'client.send("wake")', "client.send(`wake ${this.options.hub}`)"]),
  variant("reachability/4", "probes", /no probing/, ["client/people.ts", "const answer = await ask().catch(", "for (let i = 0; i < 3; ++i) await ask().catch(() => {});\n    const answer = await ask().catch("]),
  variant("reachability/5", "repeats-at-once", /repetition after/, ["client/outbox.ts", "Math.max(failure.retryAfterMs, Math.min(300_000, 1000 * 2 ** entry.tries))", "50"]),
  variant("reachability/6", "reconnects-after-half-a-minute", /reconnecting/, ["client/link.ts", "wait = Math.max(wait, hour)", "wait = 25_000"]),
  variant("reachability/6", "reconnects-while-suspended", /reconnecting/, ["client/link.ts", "if (code === ErrorCode.PROVIDER_SUSPENDED || code === ErrorCode.UNKNOWN_PROVIDER)", "if (false)"]),
];

// What takes longest comes first.
const slow = ["reachability/2", "reachability/6", "messaging/10"];
export const variants = [...identity, ...channel, ...messaging, ...fourth, ...last].sort((one, other) => slow.includes(other.test) - slow.includes(one.test));

/** Changed and still right: what the sample service does not do itself. `test` must pass. */
export const right = [
  { name: "devices-that-share-the-identity", test: "identity/6", options: ["--features", `${features},MULTI_DEVICE`], edits: [
    ["client/service.ts", "const identity = IdentityKeyPair.generate();", `const place = new URL(\`../../\${user}.key\`, import.meta.url);
  if (!existsSync(place)) writeFileSync(place, IdentityKeyPair.generate().serialize(), { mode: 0o600 });
  const identity = IdentityKeyPair.deserialize(new Uint8Array(readFileSync(place)));`],
    ["client/service.ts", 'import { randomInt } from "node:crypto";', 'import { randomInt } from "node:crypto";\nimport { existsSync, readFileSync, writeFileSync } from "node:fs";'],
    ["cli/commands.ts", 'session, reset || what === "login")', "session, reset)"],
  ] },
];
