const rates = { kiel: 4.5,
   bremen: 5.2 };
export function price(parcel: { destination: 'kiel' | 'bremen' }, express=false) {
      const base = rates[parcel.destination]
  return express ? base*2 : base }
