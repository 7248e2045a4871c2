import { deepest } from "./prot.js";

export const best = deepest;
