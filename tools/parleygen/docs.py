"""Renders docs/protocol/errors.md from the error catalogue."""

PATH = 'protocol/errors.md'

HEAD = '''# Errors

<!-- Generated from proto/errors.proto by tools/generate-error-docs. Do not edit. -->

Every error that a hub, a client or a tool reports has one of these codes. On the channel a code
travels as its number (`Failure.code`), over HTTPS as its name in upper case (`BAD_TOKEN`) in
`SetupFailure` with the status given here. Codes are stable: a number is never reused. Treat a
code that you do not know as `internal`. *Again?* says whether the same request may succeed later,
unchanged.

| code | name | status | again? | what a person reads | what to do |
|-----:|------|-------:|--------|---------------------|------------|
'''


def render(source):
    enum = next(item for item in source.enums if item.is_catalogue)
    values = sorted(enum.values, key=lambda item: item.number)
    lines = [row(value) for value in values] + ['', '## When each is reported', '']
    for value in values:
        section, when = split(value.comment)
        if section:
            lines += ([''] if lines[-1] else []) + [f'### {section}', '']
        lines += [f'- `{value.cpp.rstrip("_")}`: {when}']
    return HEAD + '\n'.join(lines) + '\n'


def split(comment):
    """A first line "--- Title ---" opens a section; the rest says when the code is used."""
    lines = comment.split('\n')
    section = ''
    if lines[0].startswith('---'):
        section = lines.pop(0).strip('- ')
    return section, ' '.join(line.strip() for line in lines).strip()


def row(value):
    options = value.options
    return (f'| {value.number} | `{value.cpp.rstrip("_")}` | {options.get("http_status") or "–"} | '
            f'{"yes" if options.get("retryable") else "no"} | {options["text"]} | '
            f'{options["advice"]} |')
