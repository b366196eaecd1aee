"""openapi.yaml against proto/setup.proto: endpoints, and the fields of the messages it repeats."""
import re

import yaml

from protocolcheck.names import camel

ROW = re.compile(r'^//\s+(GET|POST)\s+(/v1/\S+)[ \t]*(.*)$', re.M)
METHODS = ('get', 'post', 'put', 'patch', 'head', 'delete')
PATH = 'docs/protocol/openapi.yaml'


def table(world):
    """(method, path) of the table at the head of setup.proto."""
    found = set()
    for method, path, rest in ROW.findall(world.setup_text):
        found.add((method.lower(), path))
        also = re.search(r'also ((?:[A-Z]+(?: \([^)]*\))?(?:, )?)+)', rest)
        if also:
            found.update((word.lower(), path) for word in re.findall(r'[A-Z]{3,}', also[1]))
    return found


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == '$ref':
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolves(document, reference):
    node = document
    for key in reference.removeprefix('#/').split('/'):
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def compare_endpoints(world, document):
    described = {(method, path) for path, item in document['paths'].items()
                 for method in METHODS if method in item}
    for method, path in sorted(table(world) - described):
        yield f'{PATH}: {method.upper()} {path} of proto/setup.proto is missing'
    for method, path in sorted(described - table(world)):
        yield f'{PATH}: {method.upper()} {path} is not in the table of proto/setup.proto'


def compare_fields(world, document):
    messages = {**world.messages('proto/setup.proto'), **world.messages('proto/channel.proto')}
    for name, schema in document['components']['schemas'].items():
        if name not in messages:
            continue
        there = set(schema.get('properties', {}))
        wanted = {camel(field.name) for field in messages[name].field}
        for field in sorted(wanted - there):
            yield f'{PATH}: {name} lacks {field}'
        for field in sorted(there - wanted):
            yield f'{PATH}: {name}.{field} is not in the schema'
        for field in messages[name].field:
            yield from compare_enum(world, schema, name, field)


def compare_enum(world, schema, name, field):
    if field.type != field.TYPE_ENUM or field.type_name.startswith('.parley.ErrorCode'):
        return
    said = schema['properties'].get(camel(field.name), {})
    said = said.get('items', said).get('enum')
    values = world.enums('proto/channel.proto')[field.type_name.rsplit('.', 1)[-1]]
    if said != values:
        yield f'{PATH}: the values of {name}.{camel(field.name)} are {", ".join(values)}'


def check(world):
    document = yaml.safe_load(world.openapi)
    yield from compare_endpoints(world, document)
    yield from compare_fields(world, document)
    for reference in sorted(set(references(document))):
        if not resolves(document, reference):
            yield f'{PATH}: {reference} leads nowhere'
    for method, path in sorted(table(world)):
        if path.startswith(('/v1/media', '/v1/enlist', '/v1/interop', '/v1/jwks', '/v1/prov')):
            if not any(path.split('{')[0] in text for text in world.pages.values()):
                yield f'docs/protocol: no page names {method.upper()} {path}'
