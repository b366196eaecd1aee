// The six milestones, in their order.
export const titles: Readonly<Record<string, string>> = {
  identity: "Identity", channel: "Channel", messaging: "Messaging", features: "Features and blocking",
  deletion: "Deletion", reachability: "Reachability",
};

export const milestones = Object.keys(titles);

export function milestoneOf(test: { readonly id: string }): string {
  return test.id.slice(0, test.id.indexOf("/"));
}

/** How many tests each milestone has; a part of them does not reach it. */
export type Sizes = Readonly<Record<string, number>>;

export function sizesOf(all: readonly { readonly id: string }[]): Sizes {
  return Object.fromEntries(milestones.map((milestone) => [milestone, all.filter((test) => milestoneOf(test) === milestone).length]));
}

export function stateOf(tried: number, failed: number, size: number): string {
  if (failed > 0) return `${failed} of ${tried} failed`;
  return tried === size ? "reached" : `${tried} of ${size} tried, none failed`;
}
