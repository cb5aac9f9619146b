package realweak

// RequireReferent panics with a [*ReferentError] unless p can be a referent or the
// [Policy] lets it pass, as the collections of this package do with what they are
// given. It is for packages that hold their callers' objects weakly; op names the call
// that refuses.
//
// # Not guaranteed
//
// It looks closely only at types whose objects may be in trouble wherever they are
// allocated: those of size zero, and small ones without pointers. Of others it takes
// what is no heap object for one; [CheckReferent] does not, and costs more.
func RequireReferent[T any](op string, p *T) { mustRefer(op, p) }
