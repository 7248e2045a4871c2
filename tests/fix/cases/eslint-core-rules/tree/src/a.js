export function price(parcel) {
  var base = 4.5;
  let rate = 2;
  const weight = parcel.weight;
  if (!!parcel.express) {
    return { base: base, total: base * rate * weight };
  }
  return { base, total: base };
}
