import {
  readConfig,
} from "./config";
import Button from "./ui/button";
import { formatName } from "./lib/names";
import type { Prices } from "./lib/prices";

export function start(prices: Prices): string {
  return formatName(readConfig()) + Button() + prices["a"] + prices['b'];
}
