import { deepest } from "./port.js";

export const best = deepest;
