package differential

import "strings"

// statement is one line of a program.
type statement struct {
	op   op
	t    string      // the name that it assigns or deletes
	a, b string      // the names that it reads
	key  string      // an attribute, a dictionary's key, or a Key's number
	w    string      // a weak reference or a finalizer
	body []statement // of a function
	line int
}

// op is a kind of statement.
type op uint8

const (
	opNode op = iota
	opKey
	opList
	opNone
	opBind
	opDel
	opSetAttr
	opGetAttr
	opDelAttr
	opAppend
	opPop
	opItem
	opClear
	opFor
	opPut
	opGet
	opRemove
	opEmpty
	opRef
	opDeref
	opFinalize
	opFinalizeArg
	opRun
	opDetach
	opAtExit
	opPeek
	opValuePut
	opValueGet
	opValueDel
	opValueFor
	opValueClear
	opValueNew
	opKeyPut
	opKeyGet
	opKeyDel
	opKeyNew
	opSetAdd
	opSetRemove
	opSetFor
	opSetNew
	opCall
	opSettle
	opExit
	opLastUse
	ops
)

// form is how a kind of statement is written and used.
type form struct {
	text   string
	weight int  // how often it is generated; 0 for never
	looks  bool // it sees the weak state, so the collector has to settle before
}

var forms = [ops]form{
	opNode:        {"{t} = Node()", 5, false},
	opKey:         {"{t} = Key({n})", 2, false},
	opList:        {"{t} = Node([{a}, {b}])", 2, false},
	opNone:        {"{t} = None", 1, false},
	opBind:        {"{t} = {a}", 2, false},
	opDel:         {"del {t}", 5, false},
	opSetAttr:     {"{a}.{attr} = {b}", 5, false},
	opGetAttr:     {"{t} = {a}.{attr}", 1, false},
	opDelAttr:     {"del {a}.{attr}", 1, false},
	opAppend:      {"{a}.append({b})", 2, false},
	opPop:         {"{t} = {a}.pop()", 1, false},
	opItem:        {"{t} = {a}[0]", 1, false},
	opClear:       {"{a}.clear()", 1, false},
	opFor:         {"for {t} in {a}: pass", 2, false},
	opPut:         {"shelf['{key}'] = {a}", 1, false},
	opGet:         {"{t} = shelf['{key}']", 1, false},
	opRemove:      {"del shelf['{key}']", 1, false},
	opEmpty:       {"shelf.clear()", 1, false},
	opRef:         {"{w} = ref({a})", 7, false},
	opDeref:       {"{t} = {r}()", 1, true},
	opFinalize:    {"{f} = finalize({a}, fired, '{f}')", 10, false},
	opFinalizeArg: {"{f} = finalize({a}, fired, '{f}', {b})", 3, false},
	opRun:         {"{z}()", 2, true},
	opDetach:      {"{z}.detach()", 1, true},
	opAtExit:      {"{z}.atexit = False", 1, false},
	opPeek:        {"{t} = {z}.peek()[0]", 1, true},
	opValuePut:    {"wvd['{key}'] = {a}", 3, false},
	opValueGet:    {"{t} = wvd['{key}']", 1, true},
	opValueDel:    {"del wvd['{key}']", 1, true},
	opValueFor:    {"for {t} in sorted(wvd.values(), key=born): pass", 1, true},
	opValueClear:  {"wvd.clear()", 1, false},
	opValueNew:    {"wvd = WeakValueDictionary()", 1, false},
	opKeyPut:      {"wkd[{a}] = {b}", 5, true},
	opKeyGet:      {"{t} = wkd[{a}]", 2, true},
	opKeyDel:      {"del wkd[{a}]", 2, true},
	opKeyNew:      {"wkd = WeakKeyDictionary()", 1, false},
	opSetAdd:      {"ws.add({a})", 3, true},
	opSetRemove:   {"ws.discard({a})", 1, true},
	opSetFor:      {"for {t} in sorted(ws, key=born): pass", 1, true},
	opSetNew:      {"ws = WeakSet()", 1, false},
	opCall:        {"f({a})", 5, false},
	opSettle:      {"while gc.collect(): pass", 4, false},
	opExit:        {"exit()", 0, true},
	opLastUse:     {"del {t}  # last used above", 0, false},
}

// has reports whether the statement has that operand.
func (o op) has(operand string) bool {
	return strings.Contains(forms[o].text, "{"+operand+"}")
}

func (s statement) String() string {
	return strings.NewReplacer(
		"{t}", s.t, "{a}", s.a, "{b}", s.b,
		"{attr}", s.key, "{key}", s.key, "{n}", s.key,
		"{w}", s.w, "{f}", s.w, "{r}", s.w, "{z}", s.w,
	).Replace(forms[s.op].text)
}

// writes and reads are about variables. A function's body is not looked into.
func (s statement) writes(name string) bool { return s.t == name }

func (s statement) reads(name string) bool { return s.a == name || s.b == name }

// exception is the name of one. The engines panic with it.
type exception string

const (
	nameError      exception = "NameError"
	typeError      exception = "TypeError"
	attributeError exception = "AttributeError"
	indexError     exception = "IndexError"
	keyError       exception = "KeyError"
)

// catch makes a raised exception a result. It is to be deferred.
func catch(raised *exception) {
	switch p := recover().(type) {
	case nil:
	case exception:
		*raised = p
	default:
		panic(p)
	}
}
