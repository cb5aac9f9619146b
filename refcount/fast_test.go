//go:build !race && !purego && (amd64 || arm64)

package refcount_test

const slow = false
