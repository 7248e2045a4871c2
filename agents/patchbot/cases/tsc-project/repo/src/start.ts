import {
  readConfig,
  writeConfig,
} from "./config";
import { Button } from "./ui/button";

export function start(table: Prices): string {
  return formatName(readConfig()) + Button() + table["a"] + table.b;
}
