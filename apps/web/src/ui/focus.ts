// The focus goes with the person: to the title of what opens, and back to the link that led to
// what closes. What takes the focus itself (a field to write in) keeps it.
import { tick } from 'svelte';

// A screen draws its title soon after its code is there.
const MOST_FRAMES = 30;

// `left`: the address where the person was, as links have it. `opened`: a new main screen.
export async function followFocus(left: string, opened: HTMLElement | undefined): Promise<void> {
  await tick();
  const title = () => [...(opened ?? document.body).querySelectorAll('h1')].find(isShown);
  for (let frame = 0; frame < MOST_FRAMES && !title(); frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  const active = document.activeElement;
  if (active && active !== document.body && isShown(active) && (!opened || opened.contains(active))) return;
  const target = linkTo(left, opened ?? document.body) ?? title();
  if (!target) return;
  if (target.tagName === 'H1') target.tabIndex = -1;
  target.focus({ preventScroll: target.tagName === 'H1' });
}

const isShown = (element: Element) => element.checkVisibility();

// Ways back lead everywhere; the link that was chosen does not.
const linkTo = (address: string, where: HTMLElement) =>
  [...where.querySelectorAll(`a[href="${CSS.escape(address)}"]:not([data-back])`)].find(isShown) as HTMLElement | undefined;
