package top

import "strings"

// filter chooses by a part of a text, in either case. The zero filter lets
// everything through.
type filter struct {
	part    string // in lower case
	exclude bool
}

// parseFilter reads what a person typed: a part of a text, or after "!" what must
// not be part of it.
func parseFilter(text string) filter {
	text = strings.TrimSpace(text)
	part, exclude := strings.CutPrefix(text, "!")
	part = strings.ToLower(strings.TrimSpace(part))
	return filter{part, exclude && part != ""}
}

// matches reports whether the filter lets something through that has these texts.
func (f filter) matches(texts ...string) bool {
	if f.part == "" {
		return true
	}
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), f.part) {
			return !f.exclude
		}
	}
	return f.exclude
}

func (f filter) row(r Row) bool { return f.matches(r.Name, r.Type, r.Kind) }

func (f filter) origin(o Origin) bool {
	texts := []string{o.Group, o.Type, o.Fingerprint.String()}
	for _, frame := range o.Created {
		texts = append(texts, frame.Function, frame.File)
	}
	return f.matches(texts...)
}

func (f filter) entry(e Entry) bool {
	return f.matches(e.Kind.String(), e.Group, e.Type, e.Label, e.Target)
}

// String returns the filter as a person types it after "/".
func (f filter) String() string {
	if f.exclude {
		return "!" + f.part
	}
	return f.part
}
