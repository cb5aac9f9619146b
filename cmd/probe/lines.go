package main

import "io"

// lines is where the output goes. Close writes what is left and returns the first
// error of a write.
type lines interface {
	io.Writer
	Close() error
}

// direct writes at once, as text on a terminal must to keep its place among the
// notes.
type direct struct {
	w   io.Writer
	err error
}

func (d *direct) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	if d.err == nil {
		d.err = err
	}
	return n, err
}

func (d *direct) Close() error { return d.err }
