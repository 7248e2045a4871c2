import { label } from "./label";

console.log(label("x"));
