import { totalOff } from "./prices";

export const none = totalOff([]);
