"""The schema as the generator sees it: plain objects made from protoc's descriptors,
with comments, Parley's options and C++ names resolved, and the rules of lib/wire checked.
"""
import dataclasses
import re

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FieldProto = descriptor_pb2.FieldDescriptorProto

# protobuf type -> (codec of lib/wire/codec.h, C++ type)
SCALARS = {
    FieldProto.TYPE_DOUBLE: ('Double', 'double'),
    FieldProto.TYPE_FLOAT: ('Float', 'float'),
    FieldProto.TYPE_INT64: ('Int64', 'std::int64_t'),
    FieldProto.TYPE_UINT64: ('Uint64', 'std::uint64_t'),
    FieldProto.TYPE_INT32: ('Int32', 'std::int32_t'),
    FieldProto.TYPE_FIXED64: ('Fixed64', 'std::uint64_t'),
    FieldProto.TYPE_FIXED32: ('Fixed32', 'std::uint32_t'),
    FieldProto.TYPE_BOOL: ('Bool', 'bool'),
    FieldProto.TYPE_UINT32: ('Uint32', 'std::uint32_t'),
    FieldProto.TYPE_SFIXED32: ('Sfixed32', 'std::int32_t'),
    FieldProto.TYPE_SFIXED64: ('Sfixed64', 'std::int64_t'),
    FieldProto.TYPE_SINT32: ('Sint32', 'std::int32_t'),
    FieldProto.TYPE_SINT64: ('Sint64', 'std::int64_t'),
}

CPP_KEYWORDS = set('''
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t
char32_t class compl concept const consteval constexpr constinit const_cast continue co_await
co_return co_yield decltype default delete do double dynamic_cast else enum explicit export extern
false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr
operator or or_eq private protected public register reinterpret_cast requires return short signed
sizeof static static_assert static_cast struct switch template this thread_local throw true try
typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq
'''.split())


class SchemaError(Exception):
    """A schema breaks a rule; the text names the place and the remedy."""


def stem(path):
    return path[:-len('.proto')]


def safe(name):
    return name + '_' if name in CPP_KEYWORDS else name


def snake(name):
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower()


def pascal(name):
    return ''.join(part[:1].upper() + part[1:] for part in name.split('_'))


@dataclasses.dataclass
class EnumValue:
    name: str       # as in the schema
    cpp: str        # lower snake case, the enum's own prefix removed
    number: int
    comment: str
    options: dict


@dataclasses.dataclass
class Enum:
    cpp: str
    qualified: str  # with namespace
    comment: str
    values: list

    @property
    def is_catalogue(self):
        return any('text' in value.options for value in self.values)


@dataclasses.dataclass
class Field:
    cpp: str
    number: int
    comment: str
    options: dict
    where: str      # for messages: "channel.Send.send_id"
    kind: str       # 'scalar', 'enum', 'bytes', 'string' or 'message'
    codec: str      # of a scalar or enum
    value_type: str  # C++ type of one element
    target: str     # full protobuf name of a message or enum type
    repeated: bool
    optional: bool  # presence is tracked
    oneof: object   # Oneof or None
    wrapped: str = ''  # in a oneof: the name of the struct made around the value,
    alias: str = ''    # and what the message calls it
    index: int = 0     # in a oneof: the variant's index
    holds_secret: bool = False  # itself or, as a message, anywhere inside

    @property
    def secret(self):
        return bool(self.options.get('secret'))


@dataclasses.dataclass
class Oneof:
    cpp: str
    comment: str
    fields: list


@dataclasses.dataclass
class Message:
    name: str       # full protobuf name
    cpp: str
    qualified: str
    comment: str
    fields: list    # in schema order
    oneofs: list
    messages: list  # nested
    enums: list
    has_secret: bool = False
    lists_secrets: bool = False  # a repeated field holds secrets
    needs: set = dataclasses.field(default_factory=set)

    def by_number(self):
        return sorted(self.fields, key=lambda field: field.number)


@dataclasses.dataclass
class File:
    path: str
    package: str
    namespace: str
    comment: str
    imports: list
    enums: list
    messages: list  # ordered so that each follows what it contains

    def all_messages(self):
        return list(walk(self.messages))

    def all_enums(self):
        return self.enums + [e for m in self.all_messages() for e in m.enums]


def walk(messages):
    for message in messages:
        yield from walk(message.messages)
        yield message


def namespace_of(package):
    parts = package.split('.')
    return '::'.join(parts) if len(parts) == 1 else '::'.join([parts[0], 'wire'] + parts[1:])


def load(protos):
    """Reads protoc's file descriptors; returns path -> File."""
    loader = Loader(protos)
    return {proto.name: loader.file(proto) for proto in protos
            if not proto.name.startswith('google/')}


class Loader:
    def __init__(self, protos):
        self.pool = descriptor_pool.DescriptorPool()
        self.names = {}     # full protobuf name -> qualified C++ name
        self.messages = {}  # full protobuf name -> Message
        for proto in protos:
            self.pool.Add(proto)
            self.register(proto.package, namespace_of(proto.package), '', proto.message_type,
                          proto.enum_type)
        self.factory = message_factory.MessageFactory(self.pool)

    def register(self, scope, cpp_scope, outer, messages, enums):
        """Names every type. A nested message Outer.Inner becomes Outer_Inner beside Outer, which
        has an alias for it: compilers disagree about nested classes with initializers."""
        for enum in enums:
            self.names[f'.{scope}.{enum.name}'] = f'::{cpp_scope}::{outer}{safe(enum.name)}'
        for message in messages:
            flat = outer.replace('::', '_') + safe(message.name)
            self.names[f'.{scope}.{message.name}'] = f'::{cpp_scope}::{flat}'
            self.register(f'{scope}.{message.name}', cpp_scope, f'{flat}::',
                          message.nested_type, message.enum_type)

    def options(self, proto):
        """Parley's own options of a field or enum value, as a dict."""
        raw = proto.options.SerializeToString()
        if not raw:
            return {}
        kind = self.pool.FindMessageTypeByName(proto.options.DESCRIPTOR.full_name)
        parsed = self.factory.GetPrototype(kind).FromString(raw)
        return {field.name: value for field, value in parsed.ListFields()
                if field.is_extension and field.full_name.startswith('parley.')}

    def file(self, proto):
        self.comments = {tuple(place.path): clean(place) for place in
                         proto.source_code_info.location}
        self.proto3 = proto.syntax == 'proto3'
        self.package = proto.package
        prefix = f'.{proto.package}'
        messages = [self.message(item, f'{prefix}.{item.name}', (4, i))
                    for i, item in enumerate(proto.message_type)]
        enums = [self.enum(item, f'{prefix}.{item.name}', (5, i))
                 for i, item in enumerate(proto.enum_type)]
        result = File(proto.name, proto.package, namespace_of(proto.package),
                      self.comments.get((12,), ''),
                      [name for name in proto.dependency if not name.startswith('google/')],
                      enums, messages)
        result.messages = in_order(messages, f'{proto.name}')
        for message in result.all_messages():
            self.find_secrets(message)
        return result

    def find_secrets(self, message):
        for field in message.fields:
            field.holds_secret = field.secret or (field.kind == 'message' and
                                                  self.messages[field.target].has_secret)
        message.has_secret = any(field.holds_secret for field in message.fields)
        message.lists_secrets = any(field.holds_secret and field.repeated
                                    for field in message.fields)

    def enum(self, proto, name, path):
        prefix = re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', proto.name).upper() + '_'
        values = []
        for i, value in enumerate(proto.value):
            short = value.name[len(prefix):] if value.name.startswith(prefix) else value.name
            values.append(EnumValue(value.name, safe(short.lower()), value.number,
                                    self.comments.get(path + (2, i), ''), self.options(value)))
        return Enum(safe(proto.name), self.names[name], self.comments.get(path, ''), values)

    def message(self, proto, name, path):
        if proto.options.map_entry:
            raise SchemaError(f'{name[1:]}: map fields are not supported; use a repeated message')
        nested = [self.message(item, f'{name}.{item.name}', path + (3, i))
                  for i, item in enumerate(proto.nested_type)]
        enums = [self.enum(item, f'{name}.{item.name}', path + (4, i))
                 for i, item in enumerate(proto.enum_type)]
        oneofs = [Oneof(safe(item.name), self.comments.get(path + (8, i), ''), [])
                  for i, item in enumerate(proto.oneof_decl)]
        fields = [self.field(item, name, path + (2, i), oneofs)
                  for i, item in enumerate(proto.field)]
        for oneof in oneofs:
            wrap(oneof, self.names[name].rsplit('::', 1)[1])
        message = Message(name, self.names[name].rsplit('::', 1)[1], self.names[name], self.comments.get(path, ''),
                          fields, [oneof for oneof in oneofs if oneof.fields], nested, enums)
        message.needs = {field.target for field in fields if field.kind == 'message'}
        for inner in nested:
            message.needs |= inner.needs
        message.needs -= {inner.name for inner in walk(nested)}
        message.messages = in_order(nested, name[1:])
        self.messages[name] = message
        return message

    def field(self, proto, scope, path, oneofs):
        where = f'{scope[1:]}.{proto.name}'.removeprefix('parley.')
        options = self.options(proto)
        kind, codec, value_type = self.value(proto, options, where)
        repeated = proto.label == FieldProto.LABEL_REPEATED
        in_oneof = proto.HasField('oneof_index') and not proto.proto3_optional
        optional = not repeated and not in_oneof and (proto.proto3_optional or not self.proto3)
        field = Field(safe(proto.name), proto.number, self.comments.get(path, ''), options, where,
                      kind, codec, value_type, proto.type_name, repeated, optional,
                      oneofs[proto.oneof_index] if in_oneof else None)
        if in_oneof:
            field.oneof.fields.append(field)
        check(field, proto)
        return field

    def value(self, proto, options, where):
        if proto.type in SCALARS:
            return ('scalar',) + SCALARS[proto.type]
        if proto.type == FieldProto.TYPE_ENUM:
            name = self.names[proto.type_name]
            return 'enum', f'Enum<{name}>', name
        if proto.type == FieldProto.TYPE_MESSAGE:
            return 'message', '', self.names[proto.type_name]
        if proto.type == FieldProto.TYPE_GROUP:
            raise SchemaError(f'{where}: groups are not supported; use a message')
        plain = 'Bytes' if proto.type == FieldProto.TYPE_BYTES else 'std::string'
        return (('bytes' if plain == 'Bytes' else 'string'), '',
                '::parley::SecretBuffer' if options.get('secret') else
                '::parley::Bytes' if plain == 'Bytes' else plain)


def check(field, proto):
    if proto.label == FieldProto.LABEL_REQUIRED:
        raise SchemaError(f'{field.where}: required fields are not supported; use optional')
    if field.repeated != ('max_count' in field.options):
        raise SchemaError(f'{field.where}: (parley.max_count) belongs to every repeated field '
                          'and to no other: each list needs a limit')
    for name in ('max_bytes', 'exact_bytes', 'secret'):
        if name in field.options and field.kind not in ('bytes', 'string'):
            raise SchemaError(f'{field.where}: (parley.{name}) is for bytes and string fields')


def wrap(oneof, outer):
    """Scalars and types that occur twice get a struct of their own in the variant."""
    types = [field.value_type for field in oneof.fields]
    for index, field in enumerate(oneof.fields):
        field.index = index + 1
        if field.kind != 'message' or types.count(field.value_type) > 1:
            field.alias = pascal(field.cpp.rstrip('_'))
            field.wrapped = f'{outer}_{field.alias}'


def in_order(messages, where):
    """Puts each message after those it contains by value."""
    done, result = set(), []
    names = {name: message for message in messages
             for name in [message.name] + [inner.name for inner in walk(message.messages)]}

    def visit(message, active):
        if message.name in active:
            raise SchemaError(f'{where}: {message.name[1:]} contains itself; recursive messages '
                              'are not supported')
        if message.name in done:
            return
        for name in sorted(message.needs):
            if name in names:
                visit(names[name], active | {message.name})
        done.add(message.name)
        result.append(message)

    for message in messages:
        visit(message, frozenset())
    return result


def clean(location):
    text = location.leading_comments or location.trailing_comments
    return '\n'.join(line[1:] if line.startswith(' ') else line
                     for line in text.rstrip('\n').split('\n')) if text else ''
