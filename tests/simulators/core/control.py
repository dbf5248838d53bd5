"""What every simulator answers below ``/_sim``: page, state, faults, reset, actions.

These addresses are no part of the real services and never suffer from faults.
"""

from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from .faults import DELIVERY_KINDS, REQUEST_KINDS, UnknownFault
from .pages import render
from .routes import Routes
from .web import ApiError, Refused, SimRequest, parameters

CONTROL = Routes()
TRUE = ("1", "true", "on", "yes")


@CONTROL.get("/_sim/")
def page(sim: object, request: SimRequest) -> Response:
    """Show the state, and forms to act as the outside user."""
    context = {
        "sim": sim,
        "error": request.args.get("error", ""),
        "faults": sim.faults.as_list(),
        "fault_kinds": REQUEST_KINDS + DELIVERY_KINDS,
        "deliveries": sim.deliveries[:-13:-1],
        "calls": list(sim.calls)[:-13:-1],
    }
    context.update(sim.page_context(request))
    return Response(render(f"{sim.name}.html", context), mimetype="text/html")


@CONTROL.get("/_sim/revision", locked=False)
def revision(sim: object, request: SimRequest) -> dict:
    """Tell an open page whether it is out of date."""
    return {"revision": sim.revision}


@CONTROL.get("/_sim/state")
def state(sim: object, request: SimRequest) -> dict:
    """Give everything as data."""
    return {
        "service": sim.name,
        "faults": sim.faults.as_list(),
        "deliveries": [delivery.as_dict() for delivery in sim.deliveries],
        "calls": [vars(call) for call in sim.calls],
        **sim.state(),
    }


@CONTROL.post("/_sim/reset")
def reset(sim: object, request: SimRequest) -> Response:
    """Begin again."""
    sim.reset()
    return _done(request, {"reset": True})


@CONTROL.get("/_sim/faults", locked=False)
def faults(sim: object, request: SimRequest) -> list:
    """List the faults that are still to strike."""
    return sim.faults.as_list()


@CONTROL.post("/_sim/faults", locked=False)
def add_fault(sim: object, request: SimRequest) -> object:
    """Order a fault; the parameters are the fields of Fault."""
    try:
        fault = sim.faults.add(**_fault_options(parameters(request)))
    except (TypeError, ValueError, UnknownFault) as error:
        raise ApiError(400, {"error": str(error)}) from error
    sim.touch()
    return _done(request, fault.as_dict(), 201)


@CONTROL.delete("/_sim/faults")
def clear_faults(sim: object, request: SimRequest) -> dict:
    """Call all faults off."""
    sim.faults.clear()
    return {"cleared": True}


@CONTROL.post("/_sim/faults/clear", locked=False)
def clear_faults_by_form(sim: object, request: SimRequest) -> Response:
    """Call all faults off, from the page."""
    sim.faults.clear()
    sim.touch()
    return redirect("../", 303)


@CONTROL.post("/_sim/act/<name>")
def act(sim: object, request: SimRequest, name: str) -> object:
    """Do as the outside user what a form of the page asks for."""
    action = sim.actions.get(name)
    if action is None:
        raise ApiError(404, {"error": f"no such action: {name}"})
    try:
        result = action(sim, request)
    except (Refused, ApiError) as error:
        return _refused(request, str(error))
    return _done(request, result if isinstance(result, dict) else {})


def _fault_options(values: dict) -> dict:
    options = {key: value for key, value in values.items() if value != ""}
    if "times" in options:
        endless = options["times"] in (None, 0, "0", "always")
        options["times"] = None if endless else int(options["times"])
    for key, convert in (("seconds", float), ("status", int)):
        if key in options:
            options[key] = convert(options[key])
    for key in ("after", "secondary"):
        options[key] = str(options.get(key, "")).lower() in TRUE
    options.pop("anchor", None)
    return options


def _wants_page(request: SimRequest) -> bool:
    # Not simply the best one: Chromium names another, more specific type as its last.
    offered = ("application/json", "text/html")
    return request.accept_mimetypes.best_match(offered) == "text/html"


def _done(request: SimRequest, data: dict, status: int = 200) -> object:
    if not _wants_page(request):
        return data, status
    anchor = request.form.get("anchor", "")
    return redirect(f"/_sim/{_query(request)}#{anchor}", 303)


def _refused(request: SimRequest, message: str) -> object:
    if not _wants_page(request):
        return {"error": message}, 400
    return redirect(f"/_sim/{_query(request, error=message)}", 303)


def _query(request: SimRequest, **more: str) -> str:
    shown = request.form.get("show")
    values = {**({"show": shown} if shown else {}), **more}
    return f"?{urlencode(values)}" if values else ""
