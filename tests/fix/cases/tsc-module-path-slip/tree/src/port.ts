export interface Port {
  name: string;
  depth: number;
}

export function deepest(ports: Port[]): Port | undefined {
  return [...ports].sort((a, b) => b.depth - a.depth)[0];
}
