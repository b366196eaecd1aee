"""What is compared: the pages and vectors of docs/protocol, the schema, the limits."""
import dataclasses
import pathlib
import re
import subprocess
import tempfile

from google.protobuf import descriptor_pb2

SCHEMAS = ('proto/channel.proto', 'proto/e2e.proto', 'proto/setup.proto', 'proto/errors.proto',
           'proto/signal.proto')
LIMIT = re.compile(r'constexpr\s+[\w:]+\s+(k\w+)\s*=\s*([^;]+);')


@dataclasses.dataclass
class World:
    pages: dict       # name -> text, of docs/protocol/*.md
    openapi: str      # text of openapi.yaml
    vectors: list     # file names
    elsewhere: set    # every other path of the tree that a page may link to
    files: dict       # schema -> FileDescriptorProto
    setup_text: str   # proto/setup.proto, whose head has the table of endpoints
    limits: dict      # name -> number, of lib/base/limits.h

    @staticmethod
    def load(root):
        folder = root / 'docs/protocol'
        with tempfile.NamedTemporaryFile() as out:
            subprocess.run(['protoc', f'-I{root}', f'--descriptor_set_out={out.name}', *SCHEMAS],
                           check=True, cwd=root)
            found = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
        return World(
            pages={path.name: path.read_text() for path in sorted(folder.glob('*.md'))},
            openapi=(folder / 'openapi.yaml').read_text(),
            vectors=sorted(path.name for path in (folder / 'vectors').glob('*')),
            elsewhere={str(path.relative_to(root)) for part in ('docs', 'proto', 'partner')
                       for path in [root / part, *(root / part).rglob('*')] if path.exists()},
            files={file.name: file for file in found.file},
            setup_text=(root / 'proto/setup.proto').read_text(),
            limits=read_limits((root / 'lib/base/limits.h').read_text()))

    def messages(self, schema):
        return {message.name: message for message in self.files[schema].message_type}

    def enums(self, schema):
        return {enum.name: [value.name for value in enum.value]
                for enum in self.files[schema].enum_type}

    def all_text(self):
        written = [text for name, text in self.pages.items() if name != 'errors.md']
        return '\n'.join([*written, self.openapi])


def read_limits(text):
    """The numbers; durations in milliseconds."""
    numbers = {}
    units = {'milliseconds': 1, 'seconds': 1000, 'minutes': 60_000, 'hours': 3_600_000,
             'days': 86_400_000}
    for name, value in LIMIT.findall(text):
        value = re.sub(r'(?<=\d)(ull|u)\b', '', value).replace("'", '')
        duration = re.fullmatch(r'(\w+)\((\d+)\)', value.strip())
        if duration:
            numbers[name] = units[duration[1]] * int(duration[2])
        elif re.fullmatch(r'[\d\s*]+', value):
            product = 1
            for factor in value.split('*'):
                product *= int(factor)
            numbers[name] = product
    return numbers
