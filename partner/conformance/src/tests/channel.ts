// Milestone 2: the connection.
import { channelPieces } from "./channel-keys.js";
import { channelSending } from "./channel-sending.js";
import { channelUpkeep } from "./channel-upkeep.js";
import type { Test } from "../registry.js";

const number = (test: Test): number => Number(test.id.split("/")[1]);

export const channel: Test[] = [...channelPieces, ...channelSending, ...channelUpkeep].sort((one, other) => number(one) - number(other));
