//go:build race

package limits

// raceDetector says that small objects get a block each, as they do in a program
// built with -race. What CheckReferent warns of then does not happen.
const raceDetector = true
