// An address for what is in memory, for as long as the component that asks for it lives, or until
// there is something else.
export class ObjectUrl {
  url = $state('');

  constructor(content: () => Promise<Blob> | Blob | undefined, onfail: () => void = () => undefined) {
    $effect(() => {
      let gone = false;
      let made = '';
      Promise.resolve(content()).then((blob) => {
        if (!gone && blob) this.url = made = URL.createObjectURL(blob);
      }).catch(onfail);
      return () => {
        gone = true;
        this.url = '';
        if (made) URL.revokeObjectURL(made);
      };
    });
  }
}
