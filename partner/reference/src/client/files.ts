// Files to and from people of the hub: media.md.
import { rmSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { unb64 } from "../core/bytes.js";
import { BadFile, seal, sealedSizes, unseal } from "../core/media.js";
import * as make from "../content/make.js";
import { Feature } from "../gen/proto/channel_pb.js";
import { Refusal, type Client } from "./client.js";
import { upload } from "./service.js";
import type { Message, Peer } from "./state.js";
import { download, sendingFolder } from "./transfer.js";

const types: Record<string, string> = { ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
  ".mp4": "video/mp4", ".ogg": "audio/ogg", ".txt": "text/plain;charset=utf-8", ".pdf": "application/pdf" };

export const featureOf = (type: string): Feature =>
  type.startsWith("image/") ? Feature.IMAGE : type.startsWith("video/") ? Feature.VIDEO : type.startsWith("audio/") ? Feature.VOICE : Feature.FILE;

// Encrypts, uploads to our service, and queues the message; returns its id.
export async function prepareFile(client: Client, peer: Peer, path: string, caption = "", as?: { name: string; type: string }): Promise<string> {
  const name = as?.name ?? basename(path), contentType = as?.type ?? types[extname(path).toLowerCase()] ?? "application/octet-stream";
  if (!peer.heard) throw new Refusal("REQUEST_PENDING", "Files go only once they have accepted.");
  const folder = sendingFolder(client.home);
  try {
    const sealedPath = join(folder, "sealed"), sealed = await seal(path, sealedPath), { url, expires } = await upload(client.store, sealedPath);
    const { plaintextHash, ...rest } = sealed;
    const external = { contentType, url, expires, ...rest, aad: new Uint8Array(0), hashAlg: 1, description: "", filename: name };
    return client.send(peer, make.file(external, plaintextHash, caption), featureOf(contentType));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Our service has what we sent. What people of the hub sent lies at the hub that we are connected to, whatever name they know it by
// (media.md#3): no other host learns our address.
function placeOf(text: string, mine: boolean, { hubUrl, server }: { hubUrl: string; server: string }): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (mine && url?.origin === new URL(server).origin) return url;
  if (!mine && url && /^\/v1\/media\/[a-z2-7]{52}$/.test(url.pathname)) return new URL(url.pathname, hubUrl);
  throw new BadFile("the file lies somewhere else");
}

// Fetches only because somebody asked for it, and never in a request. Memory stays bounded, whatever the size.
export async function fetchTo(client: Client, message: Message, path: string): Promise<void> {
  const file = message.file;
  if (!file || message.request) throw new Refusal("NOT_ALLOWED", "There is nothing to fetch.");
  const me = client.me, url = placeOf(file.url, message.mine, me), sealed = `${path}.sealed`;
  const headers = url.origin === new URL(me.server).origin ? { authorization: `Bearer ${me.session}` } : undefined;
  try {
    await download({ url, headers, ...sealedSizes(file) }, sealed);
    await unseal({ ...file, key: unb64(file.key), nonce: unb64(file.nonce), aad: unb64(file.aad), contentHash: unb64(file.contentHash), plaintextHash: unb64(file.plaintextHash) }, sealed, path);
  } finally {
    rmSync(sealed, { force: true });
  }
}
