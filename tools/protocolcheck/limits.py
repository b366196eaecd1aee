"""Numbers: the pages' limits and allowances are those of the code."""
import ast
import operator
import re

SHARED = 'lib/base/limits.h'
CONFIG = 'hub/engine/config.h'
FILES = 'lib/media/file_cipher.h'
TRANSFERS = 'hub/net/media_limits.h'
ANSWERS = 'hub/net/media_answer.h'
PROVIDERS = 'hub/engine/providers.h'
TRUST = 'hub/engine/providers.cc'
RECORDS = 'hub/engine/records.h'
REPORTS = 'hub/engine/reports.h'
DIRECTORY = 'hub/engine/directory.h'
SOURCES = (SHARED, CONFIG, FILES, TRANSFERS, ANSWERS, PROVIDERS, TRUST, RECORDS, REPORTS, DIRECTORY)

CONSTANT = re.compile(r'constexpr\s+[\w:]+\s+(k\w+)\s*=\s*([^;]+);')
FIELD = re.compile(r'^\s+(?:std::\w+|Duration) (\w+) = ([^;]+);', re.M)
ALLOWANCE = re.compile(r"Allowance (\w+)\{([\d.e']+), ([\d.e']+)\}")
UNITS = {'milliseconds': 1, 'seconds': 1000, 'minutes': 60_000, 'hours': 3_600_000,
         'days': 86_400_000}
OPERATORS = {ast.Mult: operator.mul, ast.Add: operator.add, ast.LShift: operator.lshift}

SECOND, DAY, MIB = 1000, 86_400_000, 1 << 20


def number_of(text):
    """The value of an expression of numbers; durations in milliseconds. None: it has names."""
    text = text.replace("'", '').strip()
    duration = re.fullmatch(r'(\w+)\((\d+)\)', text)
    if duration and duration[1] in UNITS:
        return UNITS[duration[1]] * int(duration[2])
    text = re.sub(r'std::\w+\{(\d+)\}', r'\1', text)
    text = re.sub(r'(?<=\d)(?:ull|u)\b', '', text)
    try:
        return value_of(ast.parse(text, mode='eval').body)
    except (SyntaxError, KeyError, TypeError):
        return None


def value_of(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](value_of(node.left), value_of(node.right))
    raise TypeError(node)


def read_numbers(text):
    """Constants and default values; of an allowance NAME.burst and NAME.per_minute."""
    found = {name: number_of(value) for name, value in [*CONSTANT.findall(text),
                                                        *FIELD.findall(text)]}
    for name, burst, per_minute in ALLOWANCE.findall(text):
        found[f'{name}.burst'] = float(burst.replace("'", ''))
        found[f'{name}.per_minute'] = float(per_minute.replace("'", ''))
    return {name: value for name, value in found.items() if value is not None}


# Row of the table in channel.md#1.5 -> the constant that is its default, and its unit.
WELCOME = {
    'max_batch_bytes': ('kMaxBatchBytes', 1), 'max_devices': ('kMaxDevices', 1),
    'max_mailbox_bytes': ('kMaxMailboxBytes', 1), 'delivery_window': ('kDeliveryWindow', 1),
    'max_open_requests': ('kMaxOpenRequests', 1), 'mailbox_days': ('kMailboxLifetime', DAY),
    'ping_interval_ms': ('kPingInterval', 1), 'max_one_time_prekeys': ('kMaxOneTimePrekeys', 1),
    'max_ciphertext_bytes': ('kMaxCiphertextBytes', 1),
}
# Beginning of a row of the table in channel.md#2.3 -> the allowance.
ALLOWANCES = {
    'sends': 'sends', 'bytes of ciphertext': 'send_bytes', 'key fetches by': 'key_fetches',
    'key fetches of': 'key_fetches_of', 'lookups': 'lookups', 'typing': 'typing',
    'changes': 'changes', 'reports': 'reports', 'connections': 'connects',
}
N = r'([\d,.]+\d|\d)'
# Page, what stands there with its numbers, and where each comes from: file, name, unit.
STATEMENTS = (
    ('media.md', rf'\| one file \| {N} GiB \({N} bytes\)',
     ((FILES, 'kMaxFileBytes', 1 << 30), (FILES, 'kMaxFileBytes', 1))),
    ('media.md', rf'with padding and tags, {N} bytes', ((SHARED, 'kMaxMediaBytes', 1),)),
    ('media.md', rf'\| kept \| {N} days', ((SHARED, 'kMediaLifetime', DAY),)),
    ('media.md', rf'\(AES-128-GCM\) \| {N} MiB to receive', ((FILES, 'kMaxOnePieceBytes', MIB),)),
    ('media.md', rf'starts within {N} s; no stall above {N} s; after the first minute at least '
     rf'{N} bytes/s',
     ((TRANSFERS, 'start', SECOND), (TRANSFERS, 'stall', SECOND),
      (TRANSFERS, 'slowest', 1))),
    ('media.md', rf'{N} transfers at a time \(503\); {N} requests at once, then {N} a minute',
     ((TRANSFERS, 'transfers_of_origin', 1), (CONFIG, 'files.burst', 1), (CONFIG, 'files.per_minute', 1))),
    ('media.md', rf"{N} unfinished uploads, {N} fetches of partners' files",
     ((SHARED, 'kMediaUploadsAtATime', 1), (TRANSFERS, 'fetches_of_account', 1))),
    ('media.md', rf'dropped {N} hours after its last byte',
     ((SHARED, 'kMediaUnfinishedLifetime', 3_600_000),)),
    ('media.md', rf'or 308, at most {N}, each', ((ANSWERS, 'kMaxRedirects', 1),)),
    ('abuse.md', rf'- {N} sends with a franking tag, each ciphertext at most {N} bytes',
     ((SHARED, 'kRequestSends', 1), (SHARED, 'kRequestBytes', 1))),
    ('abuse.md', rf'Limits: {N} for each of your users',
     ((CONFIG, 'new_people_third_party.burst', 1),)),
    ('abuse.md', rf'offer \({N} by default', ((RECORDS, 'new_people_a_day', 1),)),
    ('abuse.md', rf'Trust = max\({N}, 1 − {N} × reports',
     ((TRUST, 'kLeastTrust', 1), (TRUST, 'kReportWeight', 1))),
    ('abuse.md', rf'over {N} days, today included, once there were {N} first contacts',
     ((PROVIDERS, 'kTrustDays', 1), (PROVIDERS, 'kTrustAfter', 1))),
    ('abuse.md', rf'One reporter may have {N} open', ((REPORTS, 'kMaxOpen', 1),)),
    ('channel.md', rf'relations with {N} people', ((DIRECTORY, 'kMaxRelations', 1),)),
    ('identity.md', rf'by default {N} requests at once from an address and then {N} a minute',
     ((CONFIG, 'enlistments.burst', 1), (CONFIG, 'enlistments.per_minute', 1))),
)


def said_number(text):
    return float(text.replace(',', ''))


def compare(world, page, pattern, wanted):
    # A line of a page breaks anywhere.
    found = re.search(pattern.replace(' ', r'\s+'), world.pages[page])
    if not found:
        yield f'docs/protocol/{page}: nothing reads "{pattern}", with the numbers of the code'
        return
    for said, (source, name, unit) in zip(found.groups(), wanted):
        value = world.numbers[source].get(name)
        if value is None:
            yield f'{source}: {name} of docs/protocol/{page} is not there'
        elif said_number(said) != value / unit:
            yield (f'docs/protocol/{page}: {said} in "{found[0]}" is '
                   f'{value / unit:,g} ({name} of {source})')


def statements():
    for row, (constant, unit) in WELCOME.items():
        yield 'channel.md', rf'\| `{row}` \| {N} \|', ((SHARED, constant, unit),)
    for row, name in ALLOWANCES.items():
        yield ('channel.md', rf'\| {row}[^|\n]* \| {N} \| {N} \|',
               ((CONFIG, f'{name}.burst', 1), (CONFIG, f'{name}.per_minute', 1)))
    yield from STATEMENTS


def wrong_hours(world):
    """How long a first contact takes to be free again, in words of hours."""
    per_minute = world.numbers[CONFIG]['new_people_third_party.per_minute']
    said = re.search(rf'free again after some {N} hours', world.pages['abuse.md'])
    hours = round(1 / per_minute / 60, 1)
    if not said or said_number(said[1]) != hours:
        yield f'docs/protocol/abuse.md: a first contact is free again after {hours} hours ({CONFIG})'


def check(world):
    for page, pattern, wanted in statements():
        yield from compare(world, page, pattern, wanted)
    yield from wrong_hours(world)
