package wire

import "io"

// Readers with a limit that tests can reach.

func DecodeSnapshotUpTo(r io.Reader, limit int) (*Snapshot, error) { return decodeSnapshot(r, limit) }
func NewStreamReaderUpTo(r io.Reader, limit int) *StreamReader     { return newStreamReader(r, limit) }
func NewPlayerUpTo(r io.Reader, limit int) *Player                 { return newPlayer(r, limit) }
