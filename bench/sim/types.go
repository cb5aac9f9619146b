package sim

// pytype is what the simulation needs to know of a type. Those of built-in types
// are shared by all interpreters; a class statement makes its own.
type pytype struct {
	name   string // tp_name, with the module for types outside builtins
	flags  typeFlags
	layout layout
	base   *pytype
	class  *class   // the heap's class object; nil for built-in types
	keys   []string // names of instance attributes, shared by the instances
	slots  int      // how many of keys come from __slots__
	spec   Class    // inherited parts filled in
}

type typeFlags uint8

const (
	isGC       typeFlags = 1 << iota // a container: the collector may track it
	referent                         // instances can be weakly referenced
	basetype                         // can be subclassed
	varsized                         // tp_itemsize != 0: a subclass gets no weak reference list
	unhashable                       //
	hasDict                          // instances take any attribute
	tracksLate                       // tracked only once a container is put in: dict
)

type layout uint8

const (
	layoutOpaque layout = iota // contents not modelled
	layoutObject
	layoutNone
	layoutInt
	layoutFloat
	layoutStr
	layoutBytes
	layoutTuple
	layoutList
	layoutDict
	layoutSet
	layoutFrozenSet
	layoutType
	layoutFunction
	layoutMethod
	layoutCell
	layoutCode
	layoutRef
	layoutFinalize
	layoutWeakValues
	layoutWeakKeys
	layoutWeakSet
)

// The types with a layout of their own. Flags as measured on CPython 3.11 and
// 3.13, which agree.
var (
	objectType    = pytype{name: "object", layout: layoutObject, flags: basetype}
	noneType      = pytype{name: "NoneType", layout: layoutNone}
	boolType      = pytype{name: "bool", layout: layoutInt}
	intType       = pytype{name: "int", layout: layoutInt, flags: basetype | varsized}
	floatType     = pytype{name: "float", layout: layoutFloat, flags: basetype}
	strType       = pytype{name: "str", layout: layoutStr, flags: basetype}
	bytesType     = pytype{name: "bytes", layout: layoutBytes, flags: basetype | varsized}
	tupleType     = pytype{name: "tuple", layout: layoutTuple, flags: isGC | basetype | varsized}
	listType      = pytype{name: "list", layout: layoutList, flags: isGC | basetype | unhashable}
	dictType      = pytype{name: "dict", layout: layoutDict, flags: isGC | basetype | unhashable | tracksLate}
	setType       = pytype{name: "set", layout: layoutSet, flags: isGC | basetype | referent | unhashable}
	frozenSetType = pytype{name: "frozenset", layout: layoutFrozenSet, flags: isGC | basetype | referent}
	typeType      = pytype{name: "type", layout: layoutType, flags: isGC | referent}
	functionType  = pytype{name: "function", layout: layoutFunction, flags: isGC | referent}
	methodType    = pytype{name: "method", layout: layoutMethod, flags: isGC | referent}
	cellType      = pytype{name: "cell", layout: layoutCell, flags: isGC}
	codeType      = pytype{name: "code", layout: layoutCode, flags: referent}
	refType       = pytype{name: "weakref.ReferenceType", layout: layoutRef, flags: isGC}
	keyedRefType  = pytype{name: "KeyedRef", layout: layoutRef, flags: isGC | referent}
	finalizeType  = pytype{name: "finalize", layout: layoutFinalize, flags: isGC}
	weakValueType = pytype{name: "WeakValueDictionary", layout: layoutWeakValues, flags: isGC | referent | unhashable}
	weakKeyType   = pytype{name: "WeakKeyDictionary", layout: layoutWeakKeys, flags: isGC | referent | unhashable}
	weakSetType   = pytype{name: "WeakSet", layout: layoutWeakSet, flags: isGC | referent | unhashable}
)

// builtinTypes are what Load finds after globals, in the order of [Types]. The
// opaque ones serve the question of what can be a referent.
var builtinTypes = []*pytype{
	&noneType, &boolType, &intType, &floatType,
	{name: "complex", flags: basetype},
	&strType, &bytesType,
	{name: "bytearray", flags: basetype | unhashable},
	&tupleType, &listType, &dictType,
	{name: "range"},
	{name: "slice", flags: isGC | unhashable},
	{name: "property", flags: isGC | basetype},
	&objectType,
	{name: "types.SimpleNamespace", flags: isGC | basetype | unhashable},
	{name: "collections.defaultdict", flags: isGC | basetype | unhashable},
	&cellType, &refType, &finalizeType,
	&setType, &frozenSetType,
	{name: "collections.deque", flags: isGC | basetype | referent | unhashable},
	{name: "collections.OrderedDict", flags: isGC | basetype | referent | unhashable},
	{name: "array.array", flags: isGC | basetype | referent | unhashable},
	{name: "memoryview", flags: isGC | referent},
	&functionType,
	{name: "builtin_function_or_method", flags: isGC | referent},
	&methodType, &typeType,
	{name: "module", flags: isGC | basetype | referent},
	{name: "generator", flags: isGC | referent},
	{name: "_io.TextIOWrapper", flags: isGC | basetype | referent},
	&codeType,
	{name: "_thread.lock", flags: isGC | referent},
	&weakValueType, &weakKeyType, &weakSetType,
}

var builtinNames = func() map[string]*pytype {
	names := make(map[string]*pytype)
	for _, t := range builtinTypes {
		names[t.name] = t
		names[t.shortName()] = t
	}
	return names
}()

// TypeInfo says what weakref thinks of a built-in type.
type TypeInfo struct {
	Name     string // as in the message of the TypeError, such as "types.SimpleNamespace"
	Referent bool   // instances can be weakly referenced
	Base     bool   // the type can be subclassed
	// SubclassReferent reports whether instances of a plain subclass can be: the
	// workaround for list and dict, which tuple, int and bytes do not offer.
	SubclassReferent bool
}

// Types returns the built-in types. A program reaches each by Load of its name,
// the part after the module's. The answers follow from the flags that WeakRef
// itself goes by, which were measured on CPython 3.11 and 3.13.
func Types() []TypeInfo {
	infos := make([]TypeInfo, len(builtinTypes))
	for i, t := range builtinTypes {
		infos[i] = TypeInfo{
			Name:             t.name,
			Referent:         t.flags&referent != 0,
			Base:             t.flags&basetype != 0,
			SubclassReferent: t.flags&basetype != 0 && subclassFlags(t, nil)&referent != 0,
		}
	}
	return infos
}

// subclassFlags returns the flags of a class derived from base, as type_new: a
// weak reference list is added unless __slots__ leave it out or the base has
// variable size.
func subclassFlags(base *pytype, slots []string) typeFlags {
	f := base.flags&^tracksLate | basetype | isGC // whatever its slots, the class is of the heap
	weak, dict := slots == nil, slots == nil
	for _, s := range slots {
		weak = weak || s == "__weakref__"
		dict = dict || s == "__dict__"
	}
	if weak && base.flags&varsized == 0 {
		f |= referent
	}
	if dict {
		f |= hasDict
	}
	return f
}

// isA reports whether t is base or derived from it.
func (t *pytype) isA(base *pytype) bool {
	for ; t != nil; t = t.base {
		if t == base {
			return true
		}
	}
	return false
}

// shortName returns __name__: the name without the module.
func (t *pytype) shortName() string {
	for i := len(t.name) - 1; i >= 0; i-- {
		if t.name[i] == '.' {
			return t.name[i+1:]
		}
	}
	return t.name
}

func (t *pytype) article() string {
	switch t.shortName()[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + t.shortName()
	}
	return "a " + t.shortName()
}
