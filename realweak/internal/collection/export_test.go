package collection

const Spins = spins
