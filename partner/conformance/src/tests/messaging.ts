// Milestone 3: what people write.
import type { Test } from "../registry.js";
import { messagingBytes } from "./messaging-bytes.js";
import { messagingFlow } from "./messaging-flow.js";
import { messagingSessions } from "./messaging-sessions.js";

const number = (test: Test): number => Number(test.id.split("/")[1]);

export const messaging: Test[] = [...messagingBytes, ...messagingSessions, ...messagingFlow].sort((one, other) => number(one) - number(other));
