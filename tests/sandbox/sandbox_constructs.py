"""What project code may say and what it may not, the same on every Python.

Blocks of WORKS leave something in ``result``; the line ``=>`` says what. They may use
``manager(name)``, a context manager that notes in ``entered`` who came and went.
"""

import textwrap

WORKS = r'''
result = (7 // 2, 7 % 4, 2**3, 7 / 2, 1 << 3, 9 >> 1, 6 & 3, 6 | 3, 6 ^ 3, -5, +5, ~5)
=> (3, 3, 8, 3.5, 8, 4, 2, 7, 5, -5, 5, -6)

a = 1; a += 2; a -= 1; a *= 6; a //= 5; a **= 3; a <<= 2; a |= 1; a ^= 2; a &= 63
a >>= 1; a %= 20; a /= 2; result = a
=> 8.5

result = [not (1 < 2 < 3 != 4 >= 4), 1 in [1], 1 not in [1], [] is not None]
=> [False, True, False, True]

result = [1]
for f in (lambda x: x @ 2, lambda x: [x := x] and (x := x)):
    try:
        x = f(1)
        x @= 2
    except TypeError:
        result.append("no matrix")
=> [1, "no matrix", "no matrix"]

result = [1 and 0 or "x" and [] or {"last": 1}, "yes" if 1 > 2 else "no"]
=> [{"last": 1}, "no"]

result = ([1, *[2, 3]], (0, *(1,)), {*[1], 2}, {"a": 1, **{"b": 2}}, {**{}, "x": 1})
=> ([1, 2, 3], (0, 1), {1, 2}, {"a": 1, "b": 2}, {"x": 1})

result = ([1, 2, 3, 4], {1, 2, 3}, {"a": 1, "b": 2, "c": 3}, b"x", 1j, ..., "a" "b")
=> ([1, 2, 3, 4], {1, 2, 3}, {"a": 1, "b": 2, "c": 3}, b"x", 1j, ..., "ab")

a = list(range(10)); result = [a[1:3], a[::3], a[-1], a[:-7:-2], "text"[1:]]
=> [[1, 2], [0, 3, 6, 9], 9, [9, 7, 5], "ext"]

a = list(range(6)); a[1:3] = [9]; a[::2] = [0, 0, 0]; del a[0]; del a[1:3]; result = a
=> [9, 0]

d = {"a": {"b": [1]}}; d["a"]["b"][0] += 4; d["c"] = 1; del d["c"]; result = d
=> {"a": {"b": [5]}}

a = [1, 2]; i = 0; a[i], a[i + 1] = a[i + 1], a[i]; result = a
=> [2, 1]

a, *b, c = range(5); (d, (e, *f)), g = (1, (2, 3)), 4; result = [a, b, c, d, e, f, g]
=> [0, [1, 2, 3], 4, 1, 2, [3], 4]

a = b = [1]; [x, y] = "ab"; x, y = y, x; x, y, z = 1, x, y; result = [a is b, x, y, z]
=> [True, 1, "b", "a"]

def f():
    found = [y for x in range(5) if (y := x * 2) > 4]
    return [*found, y, (n := 10) + n]
result = f() + [(m := 1) + m]
=> [6, 8, 8, 20, 2]

k = 2; result = [[x * k for x in range(3)], {x % 2 for x in "\1\2"} if 0 else {k}]
result += [{x: k for x in "ab"}, sum(x for x in range(4) if x != k)]
=> [[0, 2, 4], {2}, {"a": 2, "b": 2}, 4]

result = [[y for y in range(x)] for x in range(3)]
result += [(x, y) for x in "ab" for y in "bc" if x < y]
=> [[], [0], [0, 1], ("a", "b"), ("a", "c"), ("b", "c")]

result = [f() for f in [lambda i=i: i for i in range(3)]]
result += [(lambda: x)() for x in range(2)] + [f() for f in [lambda: i for i in "ab"]]
=> [0, 1, 2, 0, 1, "b", "b"]

x = 5; result = [[x for x in range(2)], {x: x for x in "a"}, x]
=> [[0, 1], {"a": "a"}, 5]

result = []
for i in range(10):
    if i == 2: continue
    elif i == 5: break
    else: result.append(i)
else:
    result.append("else")
=> [0, 1, 3, 4]

result = []; n = 3
while n:
    n -= 1
    if n == 1: continue
    result.append(n)
else:
    result.append("else")
=> [2, 0, "else"]

result = []; n = None
while n is None or n < 2:
    n = 0 if n is None else n + 1
    if n is not None and not n: continue
    result.append(n)
=> [1, 2]

result = [i for i, (a, b) in enumerate(zip([1, 2], [3, 4])) if a + b > 4]
=> [1]

def f(a, b=2, *c, d, e=5, **g):
    return a, b, c, d, e, g
result = [f(1, d=4), f(1, 2, 3, d=4, x=1), f(*[1, 2], **{"d": 3})]
result += [f(*[1], *[2], d=1, **{"e": 2}, **{"y": 3})]
=> [(1, 2, (), 4, 5, {}), (1, 2, (3,), 4, 5, {"x": 1}), (1, 2, (), 3, 5, {}),
    (1, 2, (), 1, 2, {"y": 3})]

def f(a, /, b: int, *c: int, d: str = "x", **e: dict) -> list:
    """Have a docstring."""
    g: int = a
    h: str
    return [g, b, c, d]
result = f(1, b=2)
=> [1, 2, (), "x"]

def f(n):
    return 1 if n < 2 else n * f(n - 1)
result = f(5)
=> 120

def outer():
    n = 0
    def add(by=1):
        nonlocal n
        n += by
        return n
    add()
    return add(5), n
result = outer()
=> (6, 6)

def outer(a):
    def middle():
        def inner():
            return a
        return inner
    return middle()()
result = outer(3)
=> 3

def outer():
    x = 1
    f = lambda: x
    del x
    try:
        f()
    except NameError:
        return "gone"
result = outer()
=> "gone"

try:
    int("x")
except ValueError as error:
    result = [str(error)[:n] for n in [7]] + list(str(error)[:n] for n in [3])
=> ["invalid", "inv"]

def twice(function):
    def wrapped(*args, **kwargs):
        return 2 * function(*args, **kwargs)
    return wrapped
def by(n):
    return lambda function: lambda *args: function(*args) + n
@by(100)
@twice
def f(a):
    return a
result = f(4)
=> 108

result = (lambda a, *b, c=3, **d: (a, b, c, d))(1, 2, x=4)
=> (1, (2,), 3, {"x": 4})

def f():
    pass
result = [f(), sorted([3, 1, 2], key=lambda n: -n)]
=> [None, [3, 2, 1]]

def f(n):
    for i in range(n):
        got = yield i
        if got: yield got
    return "end"
def g():
    back = yield from f(2)
    yield back
h = g(); result = [next(h), h.send("sent"), *h]
=> [0, "sent", 1, "end"]

def f():
    try:
        yield 1
        yield 2
    finally:
        entered.append("closed")
g = f(); next(g); g.close(); result = entered
=> ["closed"]

def f():
    while True:
        try:
            yield 1
        except ValueError as error:
            yield str(error)
            continue
        except KeyError:
            return
g = f(); next(g); result = [g.throw(ValueError("a")), next(g)]
try:
    g.throw(KeyError())
except StopIteration:
    result.append("end")
=> ["a", 1, "end"]

def f():
    yield from [1, 2]
    yield from (x for x in "ab")
    for x in (yield from ()) or []:
        yield x
    (lambda: (yield))()
result = list(f())
=> [1, 2, "a", "b"]

g = (x * y for x in range(3) for y in range(2) if x); result = [next(g), list(g)]
=> [0, [1, 0, 2]]

result = []
for x in [1, 0, "a"]:
    try:
        result.append(1 // x)
    except ZeroDivisionError:
        result.append("zero")
    except (TypeError, ValueError) as error:
        result.append("type")
    else:
        result.append("else")
    finally:
        result.append("finally")
=> [1, "else", "finally", "zero", "finally", "type", "finally"]

result = []
for x in range(4):
    try:
        if x == 1: continue
        if x == 3: break
        result.append(x)
    finally:
        result.append("f")
=> [0, "f", "f", 2, "f", "f"]

def f():
    for x in range(3):
        try:
            return x
        finally:
            entered.append(x)
result = [f(), entered]
=> [0, [0]]

def f():
    try:
        raise ValueError("a")
    except ValueError as error:
        try:
            raise KeyError("b") from error
        except KeyError as second:
            return second.args
    finally:
        entered.append(1)
result = [f(), entered]
=> [("b",), [1]]

result = []
try:
    try:
        raise ValueError("x")
    except ValueError:
        raise
except Exception as error:
    result.append(str(error))
try:
    result.append(error)
except NameError:
    result.append("unbound")
=> ["x", "unbound"]

result = []
while True:
    try:
        {}["x"]
    except KeyError:
        break
    except:
        pass
for x in "ab":
    for y in "cd":
        try:
            int(y)
        except ValueError:
            result.append(x + y)
=> ["ac", "ad", "bc", "bd"]

result = []
for reason in ("", "differs"):
    try:
        if reason:
            assert 1 == 2, reason
        assert []
    except AssertionError as error:
        result.append(error.args)
=> [(), ("differs",)]

try:
    raise KeyError from None
except LookupError as error:
    result = repr(error)
=> "KeyError()"

def f():
    if not entered:
        x = 1
    return x
entered.append(1)
try:
    f()
except NameError as error:
    result = "x" in str(error)
=> True

with manager("a") as a, manager("b"):
    result = [a, *entered]
result += entered
=> ["a", "a", "b", "a", "b", "-b", "-a"]

with manager("a") as a:
    with (manager("b") as b, manager("c") as c):
        result = [a, b, c]
=> ["a", "b", "c"]

with manager("quiet"):
    raise ValueError("swallowed")
result = "after"
=> "after"

result = []
for x in "abc":
    with manager(x) as y:
        if y == "b": continue
        result.append(y)
=> ["a", "c"]

def f():
    for x in "ab":
        with manager(x) as y:
            return y
result = [f(), *entered]
=> ["a", "a", "-a"]

try:
    with manager("a"):
        1 / 0
except ZeroDivisionError:
    result = entered
=> ["a", "-a"]

def f():
    with manager("a") as a:
        yield a
        yield entered[-1]
result = [*f(), *entered]
=> ["a", "a", "a", "-a"]

def f(x):
    match x:
        case 1 | 2: return "small"
        case "a": return "a"
        case None | True: return "constant"
        case -1: return "negative"
        case []: return "empty"
        case [1, [2, y]]: return y
        case [x, *rest] if len(rest) > 2: return rest
        case [_, _]: return "pair"
        case (1, 2, *_) as whole: return list(whole)
        case {"k": v, "l": {"m": w}}: return v, w
        case {"k": v, **rest}: return rest
        case {}: return "dict"
        case other: return [other]
result = [f(x) for x in (1, "a", True, -1, [], [1, [2, 7]], [1, 2, 3, 4], [8, 9])]
result += [f((1, 2, 3)), f({"k": 1, "l": {"m": 2}}), f({"k": 1, "z": 2}), f({}), f(9.5)]
=> ["small", "a", "small", "negative", "empty", 7, [2, 3, 4], "pair",
    [1, 2, 3], (1, 2), {"z": 2}, "dict", [9.5]]

match {"state": "paid", "lines": [{"qty": 2}, {"qty": 3}]}:
    case {"state": "draft"}:
        result = "draft"
    case {"state": "paid" | "done" as state, "lines": [{"qty": first}, *others]}:
        result = [state, first, others]
=> ["paid", 2, [{"qty": 3}]]

a = 3.14159; w = 8; s = "x"
result = [f"{a:.2f}", f"{a:{w}.3}", f"{s!r:>5}", f"{s=}", f"{{}}{s}{'y' + s}", f"{s!a}"]
=> ["3.14", "    3.14", "  'x'", "s='x'", "{}xyx", "'x'"]

d = {"a": [1]}
result = f"{d['a'][0]:>{d['a'][0] + 2}} {(lambda x: x * 2)(4)} {[x for x in 'ab']}"
=> "  1 8 ['a', 'b']"

result = f"a {f'{1 + 1}'} {'%s' % 3} {'{}'.format(4)}" + "%05.1f" % 2
=> "a 2 3 4002.0"

result = "{} {a:>3} {b[0]}".format(1, a="x", b=[2])
=> "1   x 2"

def f():
    a = 1
    del a
    a = 2
    return a
a = 1; b = [1]; del a, b[0]; result = [f(), b]
=> [2, []]

a = [3, 1]; a.sort(); a.append(5)
result = [a.pop() + a[0], "a,b".split(",")[0].upper(), dict(a=1, **{"b": 2})]
=> [6, "A", {"a": 1, "b": 2}]

result = list(map(lambda x: x + 1, filter(lambda x: x, [0, 1, 2])))
=> [2, 3]
'''

REFUSED = r"""
import os
=> import works in Protected Code only

def f():
    from os import path
=> import works in Protected Code only

from os import *
=> import works in Protected Code only

class A: pass
=> classes can be defined in Protected Code only

def f():
    global x
    x = 1
=> global is not available

async def f(): pass
=> async is not available

await f()
=> await is not available

[x async for x in y]
=> async is not available

async with f(): pass
=> async is not available

x: int = 1
=> annotate variables in functions only

def f(): pass
if 1:
    x: int
=> annotate variables in functions only

a.b = 1
=> attributes can't be set

a.b += 1
=> attributes can't be set

a.b: int = 1
=> attributes can't be set

del a.b
=> attributes can't be set

for a.b in []: pass
=> attributes can't be set

(a.b, c), d = e
=> attributes can't be set

[1 for a.b in []]
=> attributes can't be set

with a as a.b: pass
=> attributes can't be set

a.__class__
=> the name __class__ is forbidden

f"{a.__class__}"
=> the name __class__ is forbidden

a.gi_frame
=> the name gi_frame is forbidden

__builtins__
=> the name __builtins__ is forbidden

lambda: __import__("os")
=> the name __import__ is forbidden

def __f(): pass
=> the name __f is forbidden

[__x for __x in []]
=> the name __x is forbidden

match a:
    case {}: pass
    case str(): pass
=> match works with values, lists and dicts

match a:
    case a.format: pass
=> patterns may only match

[y for x in "ab" if (y := x)]
=> in a comprehension, := works in functions only

return 1
=> 'return' outside function

def f(a, a): pass
=> duplicate argument 'a'

nonlocal a
=> nonlocal declaration not allowed

continue
=> 'continue' not properly in loop

def f(:
=> invalid syntax
"""

# Syntax of newer Pythons: refused there in words, unknown to the older ones.
REFUSED_OR_UNKNOWN = r"""
try: pass
except* ValueError: pass
=> except* is not available

type A = int
=> type aliases are not available

def f[T](a: T): pass
=> type parameters are not available

t"{a}"
=> t-strings are not available
"""


# Where code may stand: what is said there, and how its result is had.
WAYS = {
    "in a function": ("return result", "outermost()"),
    "in a function with a closure": ("return (lambda: result)()", "outermost()"),
    "in a generator": ("yield result", "next(outermost())"),
}


def blocks(text):
    """Yield pairs of a block of code and what is said of it."""
    for block in text.strip().split("\n\n"):
        code, _arrow, outcome = block.partition("\n=> ")
        yield code, outcome


def ways(code):
    """Yield the block as it stands and, named, in each kind of function."""
    yield "at the top", code
    body = textwrap.indent(code, "    ")
    for name, (last, call) in WAYS.items():
        yield name, f"def outermost():\n{body}\n    {last}\nresult = {call}"
