//go:build !race

package interning

const raceEnabled = false
