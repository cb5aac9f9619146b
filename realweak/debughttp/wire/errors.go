package wire

import "errors"

// MaxMessage is how many bytes the readers of this package take in for one
// snapshot, one message of a stream or one line of a recording.
const MaxMessage = 64 << 20

// The ways in which input can be unusable, to be found with [errors.Is]. Input that
// ends too early is io.ErrUnexpectedEOF. Errors of the underlying reader or writer
// are passed on as they are.
var (
	// ErrSchema is the error for input that a newer version of this package wrote.
	// What is wrapped with it names both versions.
	ErrSchema = errors.New("newer schema")

	// ErrFormat is the error for input that is something else than it should be: no
	// JSON, or JSON that is about something else.
	ErrFormat = errors.New("unknown format")

	// ErrTooLarge is the error for input that has more than [MaxMessage] bytes without
	// coming to an end.
	ErrTooLarge = errors.New("too large")
)
