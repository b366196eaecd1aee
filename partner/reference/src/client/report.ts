// Showing received messages to the operator of the hub, with their proof: abuse.md#6.
import { random, unb64 } from "../core/bytes.js";
import { conversationId } from "../core/ids.js";
import { ReportReason } from "../gen/proto/channel_pb.js";
import { Refusal, type Client } from "./client.js";
import type { Peer } from "./state.js";

export async function reportMessages(client: Client, peer: Peer, ids: string[], reason = ReportReason.ABUSE, comment = ""): Promise<void> {
  const own = unb64(client.me.accountId), account = unb64(peer.accountId), conversation = conversationId(own, account);
  const messages = ids.slice(0, 20).map((id) => {
    const proof = client.chats.find(id)?.evidence;
    if (!proof) throw new Refusal("UNKNOWN_REFERENCE", `There is no proof for ${id}.`);
    return { frankingKey: unb64(proof.key), mimiContent: unb64(proof.content), frankingTag: unb64(proof.tag), acceptedAtUs: BigInt(proof.at),
      stamp: { keyId: proof.stampKey, mac: unb64(proof.stamp) }, senderDeviceId: proof.device, conversationId: conversation };
  });
  await client.link.request({ case: "report", value: { reportId: random(16), accusedAccountId: account, reason, comment, messages } });
}
