//go:build !linux

package main

const chooses = false

// onQuickest calls f. Only on Linux does it choose a processor for it.
func onQuickest(f func() error) error { return f() }
