// Milestone 4: what people do beside writing, requests, blocks, files, identities.
import type { Test } from "../registry.js";
import { featuresContent } from "./features-content.js";
import { featuresFiles } from "./features-files.js";
import { featuresMedia } from "./features-media.js";
import { featuresPeople } from "./features-people.js";

const number = (test: Test): number => Number(test.id.split("/")[1]);

export const features: Test[] = [...featuresContent, ...featuresFiles, ...featuresMedia, ...featuresPeople].sort((one, other) => number(one) - number(other));
