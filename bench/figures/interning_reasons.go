package figures

// interningReasons says why figures of package interning have been above their limits.
var interningReasons = map[string]string{}
