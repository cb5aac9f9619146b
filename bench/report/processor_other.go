//go:build !linux

package main

func choosesProcessor() bool { return false }

func onQuickest(func() error) error { panic("report: only Linux can choose a processor") }
