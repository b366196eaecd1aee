#!/usr/bin/python3
"""Compares lib/wire with Google's protobuf on random messages of every schema.

    oracle_test.py --peer BUILD/lib/wire/wire_oracle_peer [--rounds N] [--seed N]

For each message type, both directions:
- Google's canonical bytes decode, and encode to exactly the same bytes;
- the same message written another way (fields shuffled, lists not packed, numbers longer than
  needed, unknown fields, a sub-message in two halves) decodes to the same canonical bytes;
- a message over one of its stated limits is refused, one exactly at it is not.
Ends with status 77 (skipped) where Google's implementation is not installed.
"""
import argparse
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:
    print('skipped: python3-protobuf is not installed')
    sys.exit(77)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SCHEMAS = ['lib/wire/testdata/kinds.proto'] + sorted(
    f'proto/{name}' for name in os.listdir(f'{ROOT}/proto')
    if name.endswith('.proto') and name not in ('options.proto', 'errors.proto'))


class Schema:
    def __init__(self):
        with tempfile.NamedTemporaryFile() as out:
            subprocess.run(['protoc', '--include_imports', f'--descriptor_set_out={out.name}',
                            f'-I{ROOT}'] + [f'{ROOT}/{name}' for name in SCHEMAS], check=True)
            files = descriptor_pb2.FileDescriptorSet.FromString(out.read())
        self.pool = descriptor_pool.DescriptorPool()
        for proto in files.file:
            self.pool.Add(proto)
        self.factory = message_factory.MessageFactory(self.pool)
        self.options_type = self.factory.GetPrototype(
            self.pool.FindMessageTypeByName('google.protobuf.FieldOptions'))
        self.cache = {}

    def classes(self):
        for name in SCHEMAS:
            for descriptor in self.pool.FindFileByName(name).message_types_by_name.values():
                yield from self.with_nested(descriptor)

    def with_nested(self, descriptor):
        yield self.factory.GetPrototype(descriptor)
        for nested in descriptor.nested_types:
            yield from self.with_nested(nested)

    def option(self, field, name):
        key = (field.full_name, name)
        if key not in self.cache:
            parsed = self.options_type.FromString(field.GetOptions().SerializeToString())
            extension = self.pool.FindExtensionByName(f'parley.{name}')
            self.cache[key] = parsed.Extensions[extension]
        return self.cache[key]


class Peer:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, name, data):
        name = name.encode()
        self.process.stdin.write(struct.pack('<I', len(name)) + name +
                                 struct.pack('<I', len(data)) + data)
        self.process.stdin.flush()
        head = self.process.stdout.read(5)
        if len(head) != 5:
            raise SystemExit(f'the peer died on {name} {data.hex()}')
        accepted, size = struct.unpack('<BI', head)
        return bool(accepted), self.process.stdout.read(size)


INTEGERS = {'int32': (-2**31, 2**31), 'int64': (-2**63, 2**63), 'uint32': (0, 2**32),
            'uint64': (0, 2**64)}
F = descriptor_pb2.FieldDescriptorProto
RANGES = {F.TYPE_INT32: 'int32', F.TYPE_SINT32: 'int32', F.TYPE_SFIXED32: 'int32',
          F.TYPE_INT64: 'int64', F.TYPE_SINT64: 'int64', F.TYPE_SFIXED64: 'int64',
          F.TYPE_UINT32: 'uint32', F.TYPE_FIXED32: 'uint32',
          F.TYPE_UINT64: 'uint64', F.TYPE_FIXED64: 'uint64'}
LETTERS = 'aZ0 \0\u00e4\u20ac\U0001f600'


class Generator:
    def __init__(self, schema, rng):
        self.schema, self.rng = schema, rng

    def message(self, cls, depth=0):
        message = cls()
        for field in cls.DESCRIPTOR.fields:
            if self.rng.random() < 0.3 + 0.1 * depth:
                continue
            self.fill(message, field, depth)
        return message

    def fill(self, message, field, depth):
        if field.label == field.LABEL_REPEATED:
            most = min(self.schema.option(field, 'max_count'), 4 if depth else 6)
            values = getattr(message, field.name)
            for _ in range(self.rng.randint(0, most)):
                if field.message_type:
                    values.append(self.message(self.cls(field), depth + 1))
                else:
                    values.append(self.value(field))
        elif field.message_type:
            part = getattr(message, field.name)
            part.SetInParent()
            part.CopyFrom(self.message(self.cls(field), depth + 1))
        else:
            setattr(message, field.name, self.value(field))

    def cls(self, field):
        return self.schema.factory.GetPrototype(field.message_type)

    def value(self, field):
        rng = self.rng
        if field.type in RANGES:
            low, high = INTEGERS[RANGES[field.type]]
            return rng.choice([0, 1, 127, 128, low, high - 1, rng.randrange(low, high),
                               max(low, min(high - 1, rng.randrange(-300, 300)))])
        if field.type == F.TYPE_BOOL:
            return rng.random() < 0.5
        if field.type == F.TYPE_ENUM:
            return rng.choice([value.number for value in field.enum_type.values] + [12345, -1])
        if field.type in (F.TYPE_DOUBLE, F.TYPE_FLOAT):
            return rng.choice([0.0, -0.0, 1.5, -2.25, float('inf'), 2.0**-20])
        size = self.size(field)
        if field.type == F.TYPE_BYTES:
            return rng.randbytes(size)
        text = ''
        while len((text + '\U0001f600').encode()) <= size:
            text += rng.choice(LETTERS)
        return text

    def size(self, field):
        exact = self.schema.option(field, 'exact_bytes')
        if exact:
            return exact if field.label == field.LABEL_REPEATED else self.rng.choice([0, exact])
        most = self.schema.option(field, 'max_bytes') or 300
        return self.rng.choice([0, 1, self.rng.randint(0, min(most, 300)), min(most, 300)])


def varint(value, extra=0):
    out = bytearray()
    while True:
        byte = value & 0x7f
        value >>= 7
        if value or extra:
            out.append(byte | 0x80)
            if not value:
                extra -= 1
                while extra > 0:
                    out.append(0x80)
                    extra -= 1
                out.append(0)
                return bytes(out)
        else:
            out.append(byte)
            return bytes(out)


def tokens(data):
    """Splits canonical bytes into (number, wire type, payload bytes without the length)."""
    at = 0

    def read():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(data):
        tag = read()
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            yield number, kind, read()
        else:
            size = {1: 8, 5: 4}.get(kind)
            size = read() if size is None else size
            yield number, kind, data[at:at + size]
            at += size


def token_bytes(number, kind, payload, rng):
    tag = varint(number << 3 | kind)
    if kind == 0:
        room = 10 - len(varint(payload))
        return tag + varint(payload, rng.choice([0, 0, 1, room]) if room else 0)
    return tag + (varint(len(payload)) if kind == 2 else b'') + payload


UNPACKED = {1: {F.TYPE_FIXED64, F.TYPE_SFIXED64, F.TYPE_DOUBLE},
            5: {F.TYPE_FIXED32, F.TYPE_SFIXED32, F.TYPE_FLOAT}}


def unpacked(field, payload):
    for kind, types in UNPACKED.items():
        if field.type in types:
            size = 8 if kind == 1 else 4
            return [(field.number, kind, payload[i:i + size])
                    for i in range(0, len(payload), size)]
    values, at = [], 0
    while at < len(payload):
        end = at
        while payload[end] & 0x80:
            end += 1
        value = 0
        for byte in reversed(payload[at:end + 1]):
            value = value << 7 | byte & 0x7f
        values.append((field.number, 0, value))
        at = end + 1
    return values


def scramble(descriptor, data, rng):
    """The same message in a form that no encoder of ours produces. Fields that share an order
    (a list, the members of a oneof) keep it."""
    groups = []
    for number, kind, payload in tokens(data):
        field = descriptor.fields_by_number[number]
        repeated = field.label == field.LABEL_REPEATED
        parts = [(number, kind, payload)]
        if field.message_type:
            halves = [scramble(field.message_type, payload, rng)]
            if not repeated and rng.random() < 0.5:
                halves = split(field.message_type, halves[0], rng)
            parts = [(number, kind, half) for half in halves]
        elif repeated and kind == 2 and field.type not in (F.TYPE_STRING, F.TYPE_BYTES):
            if rng.random() < 0.7:
                parts = unpacked(field, payload)
        key = number if not field.containing_oneof else field.containing_oneof.name
        if groups and groups[-1][0] == key:
            groups[-1][1].extend(parts)
        else:
            groups.append((key, parts))
    for _ in range(rng.randint(0, 2)):
        number = rng.choice([900, 19000, 2**29 - 2])
        kind = rng.choice([0, 1, 2, 5])
        payload = {0: 2**63, 1: b'\xff' * 8, 5: b'\xff' * 4, 2: rng.randbytes(9)}[kind]
        groups.append((('unknown', rng.random()), [(number, kind, payload)]))
    merged = {}
    for key, parts in groups:
        merged.setdefault(key, []).extend(parts)
    order = list(merged)
    rng.shuffle(order)
    return b''.join(token_bytes(*part, rng) for key in order for part in merged[key])


def split(descriptor, data, rng):
    """Two encodings whose merge is the message: lists and oneofs stay in one half."""
    halves = [[], []]
    side = {}
    for number, kind, payload in tokens(data):
        field = descriptor.fields_by_number.get(number)
        oneof = field.containing_oneof.name if field and field.containing_oneof else number
        halves[side.setdefault(oneof, rng.randint(0, 1))].append((number, kind, payload))
    return [b''.join(token_bytes(*part, rng) for part in half) for half in halves]


class Check:
    def __init__(self, schema, peer, rng):
        self.schema, self.peer, self.rng = schema, peer, rng
        self.generator = Generator(schema, rng)
        self.count = 0

    def same(self, name, data, expected, what):
        self.count += 1
        accepted, answer = self.peer.ask(name, data)
        if not accepted or answer != expected:
            shown = answer.hex() if accepted else answer.decode()
            raise SystemExit(f'{name}: {what}\n sent     {data.hex()}\n expected '
                             f'{expected.hex()}\n got      {shown}')

    def refused(self, name, data, what):
        self.count += 1
        accepted, answer = self.peer.ask(name, data)
        if accepted or what.split(':')[0] not in answer.decode():
            raise SystemExit(f'{name}: not refused as it should be ({what}): {answer!r}')

    def one(self, cls):
        name = cls.DESCRIPTOR.full_name
        message = self.generator.message(cls)
        data = message.SerializeToString(deterministic=True)
        self.same(name, data, data, 'canonical bytes differ')
        other = scramble(cls.DESCRIPTOR, data, self.rng)
        again = cls.FromString(other)
        again.DiscardUnknownFields()
        assert again.SerializeToString(deterministic=True) == data, 'the scrambler is wrong'
        self.same(name, other, data, 'another form of the same message')

    def limits(self, cls):
        name = cls.DESCRIPTOR.full_name
        for field in cls.DESCRIPTOR.fields:
            where = field.full_name.removeprefix('parley.')
            count = self.schema.option(field, 'max_count')
            if count and not field.message_type:
                one = {1: b'\0' * 8, 5: b'\0' * 4}
                kind = next((k for k, types in UNPACKED.items() if field.type in types), 0)
                kind = 2 if field.type in (F.TYPE_STRING, F.TYPE_BYTES) else kind
                size = self.schema.option(field, 'exact_bytes')
                payload = 0 if kind == 0 else one.get(kind, bytes(size))
                element = token_bytes(field.number, kind, payload, random.Random(1))
                self.accepted(name, element * count, where)
                self.refused(name, element * (count + 1), f'{where}: too many elements')
            elif count:
                element = token_bytes(field.number, 2, b'', self.rng)
                self.same(name, element * count, element * count, 'a list at its limit')
                self.refused(name, element * (count + 1), f'{where}: too many elements')
            self.byte_limits(name, field, where)

    def byte_limits(self, name, field, where):
        exact = self.schema.option(field, 'exact_bytes')
        most = exact or self.schema.option(field, 'max_bytes')
        if not most:
            return
        element = lambda size: token_bytes(field.number, 2, b'x' * size, self.rng)
        self.accepted(name, element(most), where)
        self.refused(name, element(most + 1), f'{where}: too long')
        if exact:
            self.refused(name, element(most - 1), f'{where}: wrong length')

    def accepted(self, name, data, what):
        self.count += 1
        accepted, answer = self.peer.ask(name, data)
        if not accepted:
            raise SystemExit(f'{name}: {what} is refused at its limit: {answer.decode()}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--peer', required=True)
    parser.add_argument('--rounds', type=int, default=100)
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    check = Check(Schema(), Peer(options.peer), random.Random(options.seed))
    classes = list(check.schema.classes())
    for cls in classes:
        check.limits(cls)
        for _ in range(options.rounds):
            check.one(cls)
    print(f'{check.count} comparisons over {len(classes)} message types agree')


if __name__ == '__main__':
    main()
