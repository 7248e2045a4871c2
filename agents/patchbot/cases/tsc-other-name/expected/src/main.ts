import { totalOf } from "./prices";

export const none = totalOf([]);
