// Broken variants of the sample service: exact replacements in its source, compiled into a folder each.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export class Variants {
  constructor(reference, folder) {
    this.reference = reference;
    this.folder = folder;
    this.ts = createRequire(join(reference, "package.json"))("typescript");
    const config = this.ts.getParsedCommandLineOfConfigFile(join(reference, "tsconfig.json"), {}, { ...this.ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} });
    this.options = { ...config.options, noCheck: true, incremental: false, tsBuildInfoFile: undefined };
    this.files = config.fileNames;
    this.unchanged = this.#program(new Map());
  }

  /** The changed sources. A text that does not occur exactly once is an error: the variant is out of date. */
  sources({ name, edits }) {
    const sources = new Map();
    for (const [file, from, to] of edits) {
      const path = join(this.reference, "src", file), text = sources.get(path) ?? readFileSync(path, "utf8");
      const count = text.split(from).length - 1;
      if (count !== 1) throw new Error(`variant ${name}: this occurs ${count} times in ${file}, not once:\n${from}`);
      sources.set(path, text.replace(from, () => to));
    }
    return sources;
  }

  /** The folder of the variant, ready to run. */
  build(variant) {
    const target = join(this.folder, variant.name);
    cpSync(join(this.reference, "dist"), join(target, "dist"), { recursive: true });
    cpSync(join(this.reference, "package.json"), join(target, "package.json"));
    this.#link(join(target, "node_modules"), variant.library);
    this.#compile(this.sources(variant), join(target, "dist"));
    return target;
  }

  // The service's packages; of the Signal library another version where one is named.
  #link(target, library) {
    const packages = join(this.reference, "node_modules"), signal = "@signalapp";
    if (!library) return symlinkSync(packages, target);
    mkdirSync(target);
    for (const name of readdirSync(packages)) if (name !== signal) symlinkSync(join(packages, name), join(target, name));
    const other = join(this.reference, "../../.deps/npm", library, "node_modules", signal);
    if (!existsSync(other)) throw new Error(`${library} is not there; get it with: tools/bootstrap test`);
    symlinkSync(other, join(target, signal));
  }

  // What is not changed is read and parsed once.
  #program(sources) {
    const { ts } = this, host = ts.createCompilerHost(this.options), read = host.getSourceFile;
    host.getSourceFile = (path, version, ...more) => (sources.has(path)
      ? ts.createSourceFile(path, sources.get(path), version) : this.unchanged?.getSourceFile(path) ?? read.call(host, path, version, ...more));
    return ts.createProgram({ rootNames: this.files, options: this.options, host, oldProgram: this.unchanged });
  }

  #compile(sources, out) {
    if (sources.size === 0) return;
    const { ts } = this, program = this.#program(sources);
    for (const path of sources.keys()) {
      const source = program.getSourceFile(path), [problem] = program.getSyntacticDiagnostics(source);
      if (problem) throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`);
      program.emit(source, (file, text) => {
        const target = join(out, file.slice(this.options.outDir.length + 1));
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text);
      });
    }
  }
}
