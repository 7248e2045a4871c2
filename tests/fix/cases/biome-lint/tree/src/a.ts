export function price(weight: number) {
	let base = 4.5;
	return base * weight;
}
