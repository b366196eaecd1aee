// What is known of one person, kept up to date while it is shown.
import type { Contact } from '$proto/client_pb';
import { client, onRefresh } from './app.svelte';
import { contactOf } from './people.svelte';
import { hex } from './shapes';

export class Person {
  contact = $state.raw<Contact>();
  readonly #stops: (() => void)[];

  constructor(readonly id: string) {
    const about = (account: Uint8Array | undefined) => {
      if (account && hex(account) === id) this.#ask();
    };
    this.#stops = [
      client.on('notice', ({ peerAccountId }) => about(peerAccountId)),
      client.on('requestChanged', ({ request }) => about(request?.peerAccountId)),
      client.on('thirdParty', () => this.#ask()),
    ];
    shown.add(this);
  }

  // To be called first by whoever shows it. Rejects with a Problem.
  async refresh(): Promise<void> {
    this.contact = await contactOf(this.id);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    shown.delete(this);
  }

  static refreshAll(): void {
    for (const person of shown) person.#ask();
  }

  #ask(): void {
    void this.refresh().catch(() => undefined);
  }
}

const shown = new Set<Person>();
onRefresh(Person.refreshAll);
