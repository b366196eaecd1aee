// The service under test, as a process.
import { spawn } from "node:child_process";

const kPatienceMs = 60_000;

/** Starts it, says what ends it, and waits for its first line. */
export async function startService(command: string, owned: (end: () => Promise<void>) => Promise<void>): Promise<void> {
  const service = spawn("sh", ["-c", `exec ${command}`], { stdio: ["ignore", "pipe", "inherit"] });
  const end = async (): Promise<void> => {
    if (service.exitCode !== null || service.signalCode !== null) return;
    const ended = new Promise((done) => service.once("exit", done));
    service.kill("SIGTERM");
    const patience = setTimeout(() => service.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(patience);
  };
  const ready = new Promise<void>((done, fail) => {
    const patience = setTimeout(() => fail(new Error(
      `the service printed no line in ${kPatienceMs / 1000} s: ${command}`)), kPatienceMs);
    service.stdout!.once("data", () => {
      clearTimeout(patience);
      done();
    });
    service.once("exit", (code) => {
      clearTimeout(patience);
      fail(new Error(`the service ended with status ${code ?? "of a signal"} before it printed a line: ${command}`));
    });
  });
  ready.catch(() => undefined); // it may fail before it is waited for
  await owned(end);
  await ready;
}
