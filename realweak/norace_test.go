//go:build !race

package realweak_test

// raceDetector says that this build runs several times slower than a usual one.
const raceDetector = false
