// The client engine (client/api/parley.h): one Input in, one Output out.
import { type MessageInitShape, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Output, InputSchema, OutputSchema } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import { integrity, url } from 'wasm:engine';
import { compiled } from './program';
import { type IsAbsent, instantiate } from './wasi';

export type InputEvent = NonNullable<MessageInitShape<typeof InputSchema>['event']>;

interface Parley {
  memory: WebAssembly.Memory;
  parley_abi_version(): number;
  parley_self_test(): number;
  parley_engine_new(): number;
  parley_engine_step(engine: number, input: number, size: number): number;
  parley_engine_output(engine: number): number;
  parley_engine_output_size(engine: number): number;
  parley_engine_clear_output(engine: number): void;
  parley_alloc(size: number): number;
  parley_free(memory: number, size: number): void;
}

const ABI_VERSION = 1;

// The engine did not take a step. `refused`: it is as it was before, and can go on with another input;
// otherwise it has come to its end (no memory, say).
export class EngineFailure extends Error {
  constructor(readonly code: ErrorCode, readonly refused: boolean, why: string) {
    super(why);
  }
}

let program: Promise<WebAssembly.Module> | undefined;

function module(): Promise<WebAssembly.Module> {
  program ??= compiled(url, integrity);
  program.catch(() => (program = undefined));
  return program;
}

// Starts the download before there is anything to do with it.
export function prepareEngine(): void {
  void module().catch(() => undefined);
}

// An instance of its own, with a memory of its own.
export async function instantiateModule(isAbsent: IsAbsent = () => false): Promise<WebAssembly.Exports> {
  return instantiate(await module(), isAbsent);
}

export class Engine {
  private constructor(
    private readonly parley: Parley,
    private readonly engine: number,
  ) {}

  // `isAbsent`: whether a record is neither stored nor in an output that is not stored yet; false where
  // that cannot be told at once.
  static async start(isAbsent: IsAbsent): Promise<Engine> {
    const parley = (await instantiateModule(isAbsent)) as unknown as Parley;
    if (parley.parley_abi_version() !== ABI_VERSION) throw new Error('the engine is of another version');
    return new Engine(parley, parley.parley_engine_new());
  }

  // Fails with an EngineFailure.
  step(event: InputEvent): Output {
    const input = toBinary(InputSchema, create(InputSchema, { nowMs: BigInt(Date.now()), event }));
    try {
      const refused = this.take(input);
      if (refused !== 0) throw new EngineFailure(refused, true, 'the engine refused an input');
      return this.output();
    } catch (error) {
      throw error instanceof EngineFailure ? error : new EngineFailure(ErrorCode.INTERNAL, false, String(error));
    } finally {
      input.fill(0);
    }
  }

  private take(input: Uint8Array): number {
    const { parley, engine } = this;
    const at = parley.parley_alloc(input.length);
    new Uint8Array(parley.memory.buffer, at, input.length).set(input);
    const code = parley.parley_engine_step(engine, at, input.length);
    parley.parley_free(at, input.length);
    return code;
  }

  private output(): Output {
    const { parley, engine } = this;
    // A new view, since the memory may have grown; copied, since what is decoded looks into it.
    const bytes = new Uint8Array(
      parley.memory.buffer,
      parley.parley_engine_output(engine),
      parley.parley_engine_output_size(engine),
    ).slice();
    parley.parley_engine_clear_output(engine);
    return fromBinary(OutputSchema, bytes);
  }

  // Whether cryptography and randomness are what they must be.
  isSound(): boolean {
    return this.parley.parley_self_test() === 0;
  }
}
