// As much of protobuf's encoding as the tests need: fields are [number, value] pairs, where a
// value is a number (varint), a string, bytes, or an array of pairs (a message).

export function encode(fields) {
  return Buffer.concat(fields.map(([number, value]) => {
    if (typeof value === 'number' || typeof value === 'bigint') {
      return Buffer.concat([varint(number << 3), varint(value)]);
    }
    const body = Array.isArray(value) ? encode(value) : Buffer.from(value);
    return Buffer.concat([varint((number << 3) | 2), varint(body.length), body]);
  }));
}

// A map from field number to the list of its values: BigInt or Buffer.
export function decode(bytes) {
  const fields = new Map();
  let at = 0;
  const read = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(read());
    let value = read();
    if ((key & 7) === 2) {
      value = Buffer.from(bytes.subarray(at, at + Number(value)));
      at += value.length;
    } else if ((key & 7) !== 0) {
      throw new Error(`wire type ${key & 7} is not expected here`);
    }
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

function varint(value) {
  const out = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...out, Number(rest)]);
    out.push(Number(rest & 0x7fn) | 0x80);
  }
}
