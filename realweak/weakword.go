package realweak

import (
	"weak"

	"github.com/referent-go/referent/realweak/internal/weakword"
)

// cleared reports whether w's object is dead, without a strong pointer to it; see
// [weakword.Cleared] for what it does not see at once. It may be called with a lock
// held where words are known.
func cleared(w weak.Pointer[byte]) bool { return weakword.Cleared(w) }
