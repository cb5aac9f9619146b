//go:build race

package interning

const raceEnabled = true
