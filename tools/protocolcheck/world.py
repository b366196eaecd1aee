"""What is compared: the pages and vectors of docs/protocol, the schema, numbers of the code."""
import dataclasses
import pathlib
import subprocess
import tempfile

from google.protobuf import descriptor_pb2

from protocolcheck.limits import SOURCES, read_numbers

SCHEMAS = ('proto/channel.proto', 'proto/e2e.proto', 'proto/setup.proto', 'proto/errors.proto',
           'proto/signal.proto')


@dataclasses.dataclass
class World:
    pages: dict       # name -> text, of docs/protocol/*.md
    openapi: str      # text of openapi.yaml
    vectors: list     # file names
    elsewhere: set    # every other path of the tree that a page may link to
    files: dict       # schema -> FileDescriptorProto
    setup_text: str   # proto/setup.proto, whose head has the table of endpoints
    numbers: dict     # source file -> name -> number

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
            numbers={name: read_numbers((root / name).read_text()) for name in SOURCES})

    def messages(self, schema):
        return {message.name: message for message in self.files[schema].message_type}

    def enums(self, schema):
        return {enum.name: [value.name for value in enum.value]
                for enum in self.files[schema].enum_type}

    def all_text(self):
        written = [text for name, text in self.pages.items() if name != 'errors.md']
        return '\n'.join([*written, self.openapi])
