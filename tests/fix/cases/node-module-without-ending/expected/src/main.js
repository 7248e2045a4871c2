import { label } from "./label.js";

console.log(label("x"));
