//go:build race || purego || !(amd64 || arm64)

package refcount_test

// slow says that this build counts several times slower than a usual one.
const slow = true
