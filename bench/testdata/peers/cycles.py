# What a collection of CPython takes, in nanoseconds of processor time for each object
# of the garbage. The arguments are the operation, such as ring-1000 or
# tree-1000-drop, and for how many milliseconds to measure it. Printed as a line
# "name value".

import gc
import sys
import time


class Leaf:
    __slots__ = ("left", "right", "up", "n")


class Dropped(Leaf):
    __slots__ = ()

    def __del__(self):
        self.n = 1


def ring(leaves):
    for i, leaf in enumerate(leaves):
        leaf.left = leaves[(i + 1) % len(leaves)]


def tree(leaves):
    for i in range(1, len(leaves)):
        child, parent = leaves[i], leaves[(i - 1) // 2]
        child.up = parent
        if i % 2:
            parent.left = child
        else:
            parent.right = child


def collect(tie, kind, n):
    # What lives is put out of the collector's sight.
    gc.collect()
    gc.freeze()
    leaves = [kind() for _ in range(n)]
    tie(leaves)
    del leaves
    start = time.process_time_ns()
    found = gc.collect()
    took = time.process_time_ns() - start
    if found != n:
        sys.exit(f"a collection found {found} of {n} objects")
    return took


name, milliseconds = sys.argv[1], int(sys.argv[2])
shape, n, *drop = name.split("-")
gc.disable()
took, objects = 0, 0
while not objects or took < milliseconds * 1e6:
    took += collect({"ring": ring, "tree": tree}[shape], Dropped if drop else Leaf, int(n))
    objects += int(n)
print(name, took / objects)
