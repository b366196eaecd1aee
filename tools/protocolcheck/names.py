"""Names: what the schema has is in the pages, what the pages name is in the schema."""
import re

# For accounts of the hub and for one's own devices only: a page names them, not their insides.
INSIDE_UNSAID = {
    'SessionCredential', 'ApproveLink', 'SetRecovery', 'GetThirdParty', 'SetThirdParty',
    'ThirdParty', 'Device', 'RenameDevice', 'LinkEnvelope', 'RecoveryData', 'SignUp', 'Registered',
    'LogIn', 'LoginGranted', 'AddDevice', 'FetchRecovery', 'Recovery', 'LinkOpened', 'PollLink',
    'LinkResult', 'ChangePassword', 'DeleteAccount', 'SetPush', 'SentCopy', 'ReadMarks', 'ReadMark',
    'ContactState', 'PersonNames', 'ThirdPartyInbox',
}
# Never written by name: parts of others.
NEVER_NAMED = {'ClientFrame', 'OpenLink', 'LinkEnvelope', 'RecoveryData', 'Device', 'ReadMark',
               'NewDevice', 'FirstContactTerms'}
ENUMS = ('CiphertextType', 'Relation', 'Feature', 'IdForm', 'Protection', 'ProviderState',
         'ReportReason')
SCHEMAS = ('proto/channel.proto', 'proto/e2e.proto', 'proto/setup.proto')
# Errors of one's own device: a partner's program has its own.
LOCAL_ERRORS = range(100, 120)
# Written in capitals without being of the schema.
CAPITALS = {'GET', 'POST', 'PATCH', 'HEAD', 'DELETE', 'PUT', 'RS256', 'ES256', 'OKP', 'JWT'}
LIBSIGNAL = {'ProtocolAddress', 'IdentityKeyStore', 'KyberPreKeyStore', 'PreKeyStore',
             'Fingerprint', 'Whisper', 'PreKey', 'PreKeySignalMessage'}
HTTP = {'Location', 'Range', 'Authorization', 'Bearer'}

CODE = re.compile(r'`([^`\n]+)`')
FENCE = re.compile(r'^```.*?^```', re.M | re.S)


def camel(name):
    head, *tail = name.split('_')
    return head + ''.join(part[:1].upper() + part[1:] for part in tail)


def has_word(text, word):
    return re.search(rf'(?<![A-Za-z0-9_]){re.escape(word)}(?![A-Za-z0-9_])', text) is not None


def unnamed(world):
    """What the schema has and no page mentions."""
    text = world.all_text()
    for schema in SCHEMAS:
        for message in world.messages(schema).values():
            if message.name not in NEVER_NAMED and not has_word(text, message.name):
                yield f'docs/protocol: no page names {message.name} of {schema}'
            if message.name in INSIDE_UNSAID:
                continue
            for field in message.field:
                if field.type == field.TYPE_MESSAGE and has_word(text, last(field.type_name)):
                    continue
                if not has_word(text, field.name) and not has_word(text, camel(field.name)):
                    yield (f'docs/protocol: no page names {message.name}.{field.name} '
                           f'of {schema}')
    enums = world.enums('proto/channel.proto')
    for name in ENUMS:
        for value in enums[name]:
            if not value.endswith('_UNSPECIFIED') and not has_word(text, value):
                yield f'docs/protocol: no page names {value} of {name}'


def last(type_name):
    return type_name.rsplit('.', 1)[-1]


def undocumented_errors(world):
    """Each error that travels is in errors.md, and one that a partner meets in a page too."""
    text = world.all_text()
    for value in world.files['proto/errors.proto'].enum_type[0].value:
        short = value.name.lower().replace('error_code_', '')
        if f'`{short}`' not in world.pages['errors.md']:
            yield f'docs/protocol/errors.md: {value.name} is missing'
        met = value.number not in LOCAL_ERRORS and value.name not in HUB_ONLY_ERRORS
        if met and value.number != 0 and not has_word(text, value.name):
            yield f'docs/protocol: no page says when {value.name} comes'


# Only accounts of the hub meet these.
HUB_ONLY_ERRORS = {'WRONG_CREDENTIALS', 'SESSION_EXPIRED', 'HANDLE_TAKEN', 'LINK_EXPIRED',
                   'RECOVERY_FAILED', 'IDENTITY_CHANGED'}


def invented(world):
    """What a page names and the schema does not have."""
    known = set(CAPITALS) | LIBSIGNAL | HTTP
    for schema in world.files:
        for enum in world.enums(schema).values():
            known.update(enum)
        known.update(world.messages(schema))
        known.update(world.enums(schema))
    known.update(('ClientBatch', 'ServerBatch', 'EdDSA'))
    for page, text in world.pages.items():
        if page == 'errors.md':
            continue
        for span in CODE.findall(FENCE.sub('', text)):
            name = re.match(r'[A-Z][A-Za-z0-9_]*', span)
            if not name or name[0] in known or '-' in span.split(' ')[0]:
                continue
            if re.fullmatch(r'[A-Z][A-Z0-9_]+|[A-Z][a-z]+([A-Z][a-z]+)*', name[0]):
                yield f'docs/protocol/{page}: `{span}` is not in the schema'


def check(world):
    for part in (unnamed, undocumented_errors, invented):
        yield from part(world)
