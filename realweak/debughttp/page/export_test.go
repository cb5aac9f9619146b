package page

// For tests of what is not worth a name outside.
var (
	Count        = count
	Duration     = duration
	Size         = size
	Position     = position
	Explanations = explanations
)
