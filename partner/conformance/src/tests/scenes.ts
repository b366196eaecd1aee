// What several tests begin with, or try in the same way.
import type { Crafted } from "../crafted/person.js";
import { text } from "../crafted/content.js";
import type { Opened, Sealed, Spoil } from "../crafted/device.js";
import { CiphertextType } from "../gen/proto/channel_pb.js";
import { check, eventually, pause, patience, type Advice, type Stage, type User } from "../registry.js";
import { clientFrames } from "../watch.js";

export interface Scene {
  readonly stage: Stage;
  /** A person of the hub that the kit plays. */
  readonly eva: Crafted;
  /** A person of the service. */
  readonly user: User;
}

/** Two people who have accepted each other; eva wrote "hello". */
export async function met(stage: Stage): Promise<Scene> {
  const scene: Scene = { stage, eva: await stage.crafted(), user: await stage.user() };
  await scene.eva.device.say(scene.user, text("hello"));
  await shows(scene, "hello");
  await stage.driver.must("accept", { client: scene.user.client, to: scene.eva.name });
  return scene;
}

/** Waits until the user is shown a text of eva's chat. */
export async function shows(scene: Scene, said: string, limitMs = patience.ms, advice: Advice = {}): Promise<void> {
  const { stage, user, eva } = scene;
  await eventually(`that "${said}" is shown to the user`,
                   async () => (await stage.driver.texts(user.client, eva.name)).includes(said), limitMs, advice);
}

export async function countOf(scene: Scene, said: string): Promise<number> {
  const { stage, user, eva } = scene;
  return (await stage.driver.texts(user.client, eva.name)).filter((one) => one === said).length;
}

/** The user writes to eva; gives what arrived there. */
export async function writes(scene: Scene, said: string): Promise<Opened & Required<Pick<Opened, "padded" | "plain" | "content" | "mimi" | "id">>> {
  const { stage, user, eva } = scene;
  await stage.driver.must("send", { client: user.client, to: eva.name, text: said });
  return arrives(scene, said);
}

/** What arrived at eva with this text. */
export async function arrives(scene: Scene, said: string): Promise<Opened & Required<Pick<Opened, "padded" | "plain" | "content" | "mimi" | "id">>> {
  const holds = (one: Opened): boolean => Buffer.from(one.content?.mimiContent ?? []).includes(said);
  const seen = (): string => scene.eva.device.received.map((one) => one.problem).filter((problem) => problem).join("; ");
  const got = await eventually(`that "${said}" arrives and can be read`, () => {
    const found = scene.eva.device.received.find(holds);
    const problem = seen();
    if (!found && problem) check(false, `that "${said}" arrives and can be read`, problem);
    return found;
  });
  return got as Awaited<ReturnType<typeof arrives>>;
}

export function acknowledged(scene: Scene, at: bigint): boolean {
  return clientFrames(scene.stage.proxy, "acknowledge", scene.user.account).some((one) => one.value.acceptedAtUs.includes(at));
}

/** Requests to send something again that the user's device made. */
export function asked(scene: Scene): number {
  return clientFrames(scene.stage.proxy, "send", scene.user.account)
    .filter((one) => one.value.recipients[0]?.devices[0]?.type === CiphertextType.RETRY_REQUEST).length;
}

let spoiled = 0;

/** Eva sends something wrong and then something right: the wrong one is acknowledged and not shown. */
export async function refuses(scene: Scene, what: string, spoil: Spoil, advice: Advice = {}, more: { asksAgain?: boolean } = {}): Promise<void> {
  const { stage, user, eva } = scene;
  const [wrong, right] = [`wrong ${++spoiled}`, `right ${spoiled}`];
  const asksBefore = asked(scene);
  const { at } = await eva.device.transmit(await eva.device.seal(user, text(wrong), spoil));
  await eva.device.say(user, text(right), spoil.fresh ? { fresh: true } : {});
  await shows(scene, right);
  check(!(await stage.driver.texts(user.client, eva.name)).includes(wrong), `that ${what} is refused`, "it is shown", advice);
  await eventually(`that ${what} is acknowledged`, () => acknowledged(scene, at), 5_000,
                   { section: "channel.md#4.2", look: "whether every delivery is acknowledged, also one that is refused" });
  if (more.asksAgain) return;
  await pause(300);
  check(asked(scene) === asksBefore, `that ${what} is not asked for again`, "a RETRY_REQUEST",
        { section: "end-to-end.md#11", look: "which failures lead to a retry request: only what could not be decrypted" });
}

/** Sends of the user that arrive at eva with this id. */
export function copies(scene: Scene, sealed: Pick<Sealed, "id">): number {
  return scene.eva.device.received.filter((one) => one.id && Buffer.compare(one.id, sealed.id) === 0).length;
}
