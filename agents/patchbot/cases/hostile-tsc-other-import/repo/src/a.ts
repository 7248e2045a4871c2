import { a } from "./b";

export const c = a;
