import {
  readConfig,
  writeConfig,
} from "./config";
import { Button } from "./ui/button";

export function start(prices: Prices): string {
  return formatName(readConfig()) + Button() + prices["a"] + prices.b;
}
