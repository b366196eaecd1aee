// Blocks far outside of the view keep their height and lose their content.
const MARGIN = '1200px 0px';

export class Drawn {
  // By block: replaced by this height. Everything else is drawn.
  readonly hidden = $state<Record<string, number>>({});
  private readonly elements = new Set<HTMLElement>();
  private observer: IntersectionObserver | undefined;

  // Its margin counts from the scroller only if that is its root; blocks may be there before it is.
  within(scroller: HTMLElement): () => void {
    const made = new IntersectionObserver((entries) => this.looked(entries), { root: scroller, rootMargin: MARGIN });
    this.observer = made;
    for (const element of this.elements) made.observe(element);
    return () => made.disconnect();
  }

  // `use:` of a block's element, which names it in data-block.
  readonly watched = (element: HTMLElement) => {
    this.elements.add(element);
    this.observer?.observe(element);
    return {
      destroy: () => {
        this.elements.delete(element);
        this.observer?.unobserve(element);
      },
    };
  };

  private looked(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      const key = (target as HTMLElement).dataset.block!;
      if (isIntersecting) delete this.hidden[key];
      else if (boundingClientRect.height > 0) this.hidden[key] = boundingClientRect.height;
    }
  }
}
