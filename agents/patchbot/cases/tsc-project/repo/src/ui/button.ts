export default function Button(): number {
  return 1;
}
