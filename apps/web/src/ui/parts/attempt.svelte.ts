// Something that a person asked for and that may fail: whether it is under way, what came of it.
import { problemOf } from '$/model/problem';
import { problemText } from '$/texts/index.svelte';

export class Attempt {
  busy = $state(false);
  wrong = $state('');
  done = $state('');

  async run<T>(work: () => Promise<T>, done = ''): Promise<T | undefined> {
    this.busy = true;
    this.wrong = this.done = '';
    try {
      const result = await work();
      this.done = done;
      return result;
    } catch (error) {
      this.wrong = problemText(problemOf(error));
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
