// Deterministic CBOR (content.md#1.1), both ways.
import { decode, encode, rfc8949EncodeOptions } from "cborg";
import { equal, own, type Bytes } from "../core/bytes.js";

export function encodeCbor(value: unknown): Bytes {
  return own(encode(value, rfc8949EncodeOptions));
}

// Whatever has another encoding than the one deterministic one is refused: read, write again, compare.
export function decodeCbor(bytes: Uint8Array): unknown {
  const value: unknown = decode(bytes, {
    strict: true, useMaps: true, allowIndefinite: false, allowUndefined: false,
    allowNaN: false, allowInfinity: false, rejectDuplicateMapKeys: true,
  });
  if (!equal(encodeCbor(value), bytes)) throw new Error("not deterministic CBOR");
  return value;
}
