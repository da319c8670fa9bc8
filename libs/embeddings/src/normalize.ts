/** Divides the vector by its length, in place. Throws where it has none, or one that is no number. */
export function normalize(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (!(length > 0 && length < Infinity)) throw new Error('the vector has no length');
  for (const [index, value] of vector.entries()) vector[index] = value / length;
  return vector;
}
