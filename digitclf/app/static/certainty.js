// Probabilities from which an answer is certain, and from which it is given at all.

export const CERTAIN = 0.9;
export const POSSIBLE = 0.5;
