"""Sees every check of tools/check-protocol say no: each breakage below must raise a new problem."""
import copy
import dataclasses


def edited(world, page, old, new):
    if old not in world.pages[page]:
        raise SystemExit(f'self-test: {page} has no {old!r} to break')
    return dataclasses.replace(world, pages={**world.pages,
                                             page: world.pages[page].replace(old, new)})


def openapi(world, old, new):
    if old not in world.openapi:
        raise SystemExit(f'self-test: openapi.yaml has no {old!r} to break')
    return dataclasses.replace(world, openapi=world.openapi.replace(old, new))


def with_new_field(world):
    files = copy.deepcopy(world.files)
    send = next(m for m in files['proto/channel.proto'].message_type if m.name == 'Send')
    send.field.add(name='surprise_level', number=99, type=13)
    return dataclasses.replace(world, files=files)


def with_new_frame(world):
    files = copy.deepcopy(world.files)
    files['proto/channel.proto'].message_type.add(name='Surprise')
    return dataclasses.replace(world, files=files)


def with_new_error(world):
    files = copy.deepcopy(world.files)
    files['proto/errors.proto'].enum_type[0].value.add(name='SURPRISED', number=79)
    return dataclasses.replace(world, files=files)


def with_another_redirect(world):
    numbers = copy.deepcopy(world.numbers)
    numbers['hub/net/media_answer.h']['kMaxRedirects'] += 1
    return dataclasses.replace(world, numbers=numbers)


BREAKAGES = {
    'a new field': with_new_field,
    'a new frame': with_new_frame,
    'a new error': with_new_error,
    'a frame that does not exist': lambda w: edited(w, 'channel.md', '`PrekeysLow`', '`PrekeysOut`'),
    'an error that does not exist': lambda w: edited(w, 'channel.md', '`BAD_TOKEN`', '`BAD_COIN`'),
    'a wrong default': lambda w: edited(w, 'channel.md', '| 262,144 | one', '| 262,145 | one'),
    'wrong days': lambda w: edited(w, 'channel.md', '`mailbox_days` | 30', '`mailbox_days` | 31'),
    'a wrong allowance': lambda w: edited(w, 'channel.md', '| lookups | 60 | 60', '| lookups | 60 | 90'),
    'a limit that the code has changed': with_another_redirect,
    'a wrong size of files': lambda w: edited(w, 'media.md', '2,147,516,416', '2,147,516,417'),
    'a wrong size of requests': lambda w: edited(w, 'abuse.md', 'at most 4,096 bytes',
                                                 'at most 4,097 bytes'),
    'a wrong trust': lambda w: edited(w, 'abuse.md', 'max(0.05,', 'max(0.5,'),
    'wrong hours': lambda w: edited(w, 'abuse.md', 'some 2.4 hours', 'some 3.4 hours'),
    'a limit that is not said any more': lambda w: edited(w, 'media.md', 'no stall above 30 s',
                                                          'no long stall'),
    'a link to a missing section': lambda w: edited(w, 'push.md', 'channel.md#1)', 'channel.md#77)'),
    'a link to a missing file': lambda w: edited(w, 'push.md', 'channel.md#1)', 'kanal.md#1)'),
    'a link that says another section': lambda w: edited(
        w, 'identity.md', '[channel.md#5.2](channel.md#5.2)', '[channel.md#5.2](channel.md#5.3)'),
    'a section number twice': lambda w: edited(w, 'channel.md', '<a id="3.2"></a>3.2',
                                               '<a id="3.1"></a>3.1'),
    'an anchor beside its number': lambda w: edited(w, 'channel.md', '<a id="3.2"></a>3.2',
                                                    '<a id="3.22"></a>3.2'),
    'a vector nobody explains': lambda w: dataclasses.replace(w, vectors=[*w.vectors, 'new.json']),
    'an endpoint too few': lambda w: openapi(w, '  /v1/jwks:\n', '  /v1/keys:\n'),
    'an endpoint too many': lambda w: dataclasses.replace(
        w, setup_text=w.setup_text.replace('GET    /v1/jwks', 'see    /v1/jwks')),
    'a property the schema lacks': lambda w: openapi(w, 'deviceAuthKey: {$ref', 'authKey: {$ref'),
    'an enumerator too few': lambda w: openapi(w, 'PHONE, EMAIL, USERNAME', 'PHONE, EMAIL'),
    'a reference to nothing': lambda w: openapi(w, 'schemas/HubInfo"', 'schemas/HubFacts"'),
}


def run(world, problems_of):
    """Names of breakages that nobody noticed."""
    before = set(problems_of(world))
    return [f'self-test: {name} was not noticed' for name, breaks in BREAKAGES.items()
            if not set(problems_of(breaks(world))) - before]
