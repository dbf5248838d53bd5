"""The code that the benchmark's tasks consist of: 240 lines, of an ordinary kind."""

_FUNCTION = '''
def convert_{n}(item):
    """Return an item of the shop as values of a product."""
    price = round(float(item.get("price", 0)) * (1 + {n} / 100), 2)
    tags = [tag.strip() for tag in item.get("tags", "").split(",") if tag]
    return {{
        "name": "%s (%s)" % (item["name"], {n}),
        "list_price": price,
        "tags": tags,
        "active": bool(item.get("active", True)),
    }}
'''


def _functions(start, lines):
    size = len(_FUNCTION.strip("\n").splitlines()) + 1
    numbers = range(start, start + lines // size)
    return "\n\n".join(_FUNCTION.format(n=n).strip("\n") for n in numbers) + "\n"


HANDLERS = """
def handle_button():
    return None


def handle_webhook(request):
    return "ok"


def handle_db(records):
    return None
"""
COMMON = _functions(0, 120)
TASK = _functions(100, 130)
WHOLE = COMMON + TASK + HANDLERS
PROTECTED = """
def fetch(name):
    return "%s %s" % (name, len(secrets.TOKEN_1))
"""
