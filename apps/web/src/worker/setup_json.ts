// The set-up messages as JSON (protobuf's mapping: 64-bit numbers as text, bytes in base64). They
// hold plain values and messages only; protobuf's own code for all of JSON is three times as large.
import { type DescField, type DescMessage, type Message, type MessageShape, ScalarType, create, isMessage } from '@bufbuild/protobuf';

export type Json = string | number | boolean | Json[] | { [name: string]: Json } | null;
type Fields = Record<string, unknown>;

const SHORT = 8192;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += SHORT) text += String.fromCharCode(...bytes.subarray(at, at + SHORT));
  return btoa(text);
}
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

export function toJson(schema: DescMessage, message: Message): Json {
  const values = message as unknown as Fields;
  return Object.fromEntries(schema.fields.flatMap((field) => {
    const value = values[field.localName];
    return value === undefined ? [] : [[field.jsonName, asJson(field, value)]];
  }));
}

function asJson(field: DescField, value: unknown): Json {
  if (Array.isArray(value)) return value.map((one) => asJson(field, one));
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === 'bigint') return value.toString();
  return field.message && isMessage(value) ? toJson(field.message, value) : (value as Json);
}

// Throws where it is not such a message; what is not known is left out.
export function fromJson<Desc extends DescMessage>(schema: Desc, json: Json): MessageShape<Desc> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new TypeError('no message');
  const message = create(schema as DescMessage) as unknown as Fields;
  for (const field of schema.fields) {
    const value = json[field.jsonName];
    if (value === undefined || value === null) continue;
    message[field.localName] = Array.isArray(value) ? value.map((one) => fromValue(field, one)) : fromValue(field, value);
  }
  return message as unknown as MessageShape<Desc>;
}

function fromValue(field: DescField, value: Json): unknown {
  if (field.message) return fromJson(field.message, value);
  if (field.enum) return typeof value === 'string' ? field.enum.values.find(({ name }) => name === value)?.number ?? 0 : value;
  switch (field.scalar) {
    case ScalarType.BYTES:
      return fromBase64(String(value));
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return BigInt(value as string | number);
    case ScalarType.STRING:
    case ScalarType.BOOL:
      if (typeof value !== (field.scalar === ScalarType.BOOL ? 'boolean' : 'string')) throw new TypeError('another type');
      return value;
    default:
      if (!Number.isInteger(Number(value))) throw new TypeError('no number');
      return Number(value);
  }
}
