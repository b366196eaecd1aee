"""Sections and links: numbers in order, anchors as the numbers, every link to something."""
import posixpath
import re

HEADING = re.compile(r'^(#{2,3}) (.*)$', re.M)
NUMBERED = re.compile(r'<a id="([\d.]+)"></a>([\d.]+) \S')
LINK = re.compile(r'\[([^\]]*)\]\(([^)\s]+)\)')
# Pages without numbered sections.
FREE = ('README.md', 'vectors.md', 'errors.md')


def anchors(text):
    found = set(re.findall(r'<a id="([^"]+)"></a>', text))
    for _, title in re.findall(r'^(#+) (.*)$', text, re.M):
        plain = re.sub(r'<[^>]*>', '', title).lower()
        found.add(re.sub(r'[^\w\- ]', '', plain).strip().replace(' ', '-'))
    return found


def check_sections(page, text):
    before = []
    for level, title in HEADING.findall(text):
        number = NUMBERED.match(title)
        if not number or number[1] != number[2]:
            yield f'docs/protocol/{page}: "{title}" needs a number and an anchor that fit'
            continue
        parts = [int(part) for part in number[1].split('.')]
        if len(parts) != len(level) - 1:
            yield f'docs/protocol/{page}: {number[1]} stands at the wrong level'
        expected = before[:len(parts)] + [0] * (len(parts) - len(before[:len(parts)]))
        expected[-1] += 1
        if parts != expected:
            yield f'docs/protocol/{page}: {number[1]} comes out of order'
        before = parts


def check_links(world, page, text):
    for words, target in LINK.findall(text):
        if '://' in target:
            continue
        path, _, anchor = target.partition('#')
        name = path or page
        if name in world.pages:
            if anchor and anchor not in anchors(world.pages[name]):
                yield f'docs/protocol/{page}: no section {target}'
        elif posixpath.normpath(posixpath.join('docs/protocol', path)) not in world.elsewhere:
            yield f'docs/protocol/{page}: no such file: {target}'
        said = re.fullmatch(r'(?:[\w-]+\.md)?#?([\d.]+)', words)
        if anchor and said and said[1] != anchor:
            yield f'docs/protocol/{page}: "{words}" leads to {target}'


def check_vectors(world):
    for name in world.vectors:
        if f'(vectors/{name})' not in world.pages['vectors.md']:
            yield f'docs/protocol/vectors.md: does not explain {name}'


def check(world):
    for page, text in world.pages.items():
        if page not in FREE:
            yield from check_sections(page, text)
        yield from check_links(world, page, text)
    yield from check_vectors(world)
