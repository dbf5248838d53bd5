# How to call GitHub and Trello. Tokens are used here, so this is for Managers.
# Tasks can call the functions without a leading underscore, and nothing else there.
# What they get is plain data: an object of PyGithub leads to the token.
import base64 as _base64
import contextlib as _contextlib
import functools as _functools
import hmac as _hmac
import re as _re
import urllib.parse as _urls

import requests as _requests

try:
    import github as _pygithub
except ImportError as _error:
    raise UserError(
        "This project needs a Python package that Odoo's Python doesn't have: "
        f"pip install PyGithub, then restart Odoo. ({_error})"
    ) from None

_TIMEOUT = 30  # seconds without an answer
_BUSY = (429, 500, 502, 503, 504)  # HTTP statuses of a server that will be back
_GONE = (404, 410)
_PAUSE = {"GitHub": 60, "Trello": 10}  # seconds, if they don't say for how long
_LONGEST = 3600  # seconds; nobody is told to wait for more than an hour
_EVENTS = ["issues", "pull_request", "issue_comment", "label"]
# Trello repeats this name with each change that we cause.
_CLIENT = f"Sync Studio {params.GITHUB_REPO}"


# -- deliveries ------------------------------------------------------------------------


def is_from_github(httprequest):
    """Tell whether GitHub has signed a delivery."""
    body, secret = httprequest.get_data(), secrets.GITHUB_WEBHOOK_SECRET
    signature = _hmac.new(secret.encode(), body, "sha256").hexdigest()
    return _has(httprequest, "X-Hub-Signature-256", f"sha256={signature}")


def is_from_trello(httprequest, url):
    """Tell whether Trello has signed a delivery for url."""
    body, secret = httprequest.get_data(), secrets.TRELLO_SECRET
    digest = _hmac.new(secret.encode(), body + url.encode(), "sha1").digest()
    return _has(httprequest, "X-Trello-Webhook", _base64.b64encode(digest).decode())


def is_our_change(httprequest):
    """Tell whether a delivery of Trello comes of what we have done ourselves."""
    return _has(httprequest, "X-Trello-Client-Identifier", _CLIENT)


def _has(httprequest, header, value):
    given = httprequest.headers.get(header, "")
    return _hmac.compare_digest(given.encode(), value.encode())


# -- GitHub ----------------------------------------------------------------------------


def github_repository():
    """Return the server and the id of the repository: who renames it keeps the id."""
    with _explained():
        return f"{_server('GITHUB_API_URL')}/{_repository().id}"


def github_issue(number):
    """Return an issue or pull request with its comments, None if it was deleted."""
    return _github(f"issue {number}", lambda r: _issue(r, number), gone=True)


def github_open_issues():
    """Return the numbers of all that is open."""
    return _github("open issues", lambda r: [i.number for i in r.get_issues()])


def github_changed_issues(since):
    """Return the numbers of all that has changed since a date (UTC)."""
    return _github(f"issues since {since}", lambda r: _changed(r, since))


def github_labels():
    """Return the labels of the repository."""
    return _github("all labels", lambda r: [_label(label) for label in r.get_labels()])


def github_label(name):
    """Return a label, None if there is none of that name."""
    return _github(f"label {name}", lambda r: _label(r.get_label(name)), gone=True)


def github_create_label(name, color):
    """Create a label and return it."""
    what = f"create the label {name}, {color}"
    return _github(what, lambda r: _label(r.create_label(name, color)))


def github_edit_label(name, new_name, color):
    """Rename or recolour a label."""
    what = f"make the label {name} {new_name}, {color}"
    _github(what, lambda r: r.get_label(name).edit(new_name, color))


def github_delete_label(name):
    """Delete a label, if it is still there."""
    what = f"delete the label {name}"
    _github(what, lambda r: r.get_label(name).delete(), gone=True)


def github_attach(number, name):
    """Attach a label to an issue."""
    what = f"attach {name} to {number}"
    _github(what, lambda r: r.get_issue(number).add_to_labels(name))


def github_detach(number, name):
    """Take a label off an issue, if it is still there."""
    what = f"detach {name} from {number}"
    _github(what, lambda r: r.get_issue(number).remove_from_labels(name), gone=True)


def github_add_webhook(url):
    """Let GitHub report changes to a URL."""
    github_remove_webhook(url)
    config = {"url": url, "content_type": "json"}
    config["secret"] = secrets.GITHUB_WEBHOOK_SECRET
    _github(f"webhook {url}", lambda r: r.create_hook("web", config, _EVENTS))


def github_remove_webhook(url):
    """Let GitHub forget a URL."""

    def remove(repository):
        for hook in repository.get_hooks():
            if hook.config.get("url") == url:
                hook.delete()

    _github(f"remove the webhook {url}", remove)


def _issue(repository, number):
    issue = repository.get_issue(number)
    if not issue.html_url.startswith(f"{repository.html_url}/"):
        return None  # it was moved, and GitHub follows it to its new repository
    comments = issue.get_comments() if issue.comments else ()
    return {
        **_text(issue),
        "number": issue.number,
        "title": issue.title,
        "open": issue.state == "open",
        "labels": [str(label.id) for label in issue.labels],
        "comments": [_text(comment) for comment in comments],
    }


def _text(thing):
    # A deleted account leaves a text without an author.
    author = thing.user.login if thing.user else "ghost"
    return {"author": author, "body": thing.body or "", "url": thing.html_url}


def _label(label):
    color = (label.color or "ededed").lower()
    return {"id": str(label.id), "name": label.name, "color": color}


def _changed(repository, since):
    issues = repository.get_issues(state="all", since=since)
    numbers = {issue.number for issue in issues}
    # Who edits a comment leaves its issue's date alone.
    for comment in repository.get_issues_comments(since=since):
        numbers.add(int(comment.issue_url.rpartition("/")[2]))
    return sorted(numbers)


def _github(what, call, gone=False):
    """Call GitHub with the repository; with gone, return None for what is deleted."""
    log_transmission(f"GitHub {params.GITHUB_REPO}", what)
    with _explained():
        # GitHub hides what a token may not see: it must see the repository, before
        # "not found" can be taken for "deleted".
        repository = _repository()
        try:
            return call(repository)
        except _pygithub.GithubException as error:
            if not gone or error.status not in _GONE:
                raise


@_functools.cache
def _client():
    return _pygithub.Github(
        auth=_pygithub.Auth.Token(secrets.GITHUB_TOKEN.strip()),
        base_url=_address("GITHUB_API_URL"),
        timeout=_TIMEOUT,
        per_page=100,
        # Jobs are retried by the queue, so that no worker waits meanwhile.
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


@_functools.cache
def _repository():
    name = params.get("GITHUB_REPO", "").strip()
    if not _re.fullmatch(r"[\w-]+/[\w.-]+", name, _re.ASCII):
        raise UserError("Set the parameter GITHUB_REPO, e.g. octocat/hello-world")
    log_transmission(f"GitHub {name}", "the repository")
    repository = _client().get_repo(name)
    if not isinstance(repository.raw_data.get("id"), int):
        raise _nobody_there("GitHub", "GITHUB_API_URL")
    return repository


@_contextlib.contextmanager
def _explained():
    """Turn what may go wrong into an error that says what to do."""
    try:
        yield
    except _pygithub.GithubException as error:
        raise _github_trouble(error) from None
    except _requests.RequestException as error:
        raise _absence("GitHub", "GITHUB_API_URL", error) from None
    except (AssertionError, RuntimeError) as error:
        # PyGithub goes to no other server than it was told to, and says only that.
        raise _elsewhere("GitHub", "GITHUB_API_URL", error) from None
    except (AttributeError, TypeError, ValueError, _pygithub.BadAttributeException):
        # An answer that PyGithub can't read.
        raise _nobody_there("GitHub", "GITHUB_API_URL") from None


def _github_trouble(error):
    limited = isinstance(error, _pygithub.RateLimitExceededException)
    if limited or error.status in _BUSY:
        return _later("GitHub", 429 if limited else error.status, error.headers or {})
    if error.status == 401:
        return UserError("GitHub refuses the token: correct the secret GITHUB_TOKEN.")
    if error.status in _GONE and not _finds_github():
        return _nobody_there("GitHub", "GITHUB_API_URL")
    if error.status in _GONE:
        return UserError(
            f"GitHub shows no repository {params.GITHUB_REPO}, or not this part of it: "
            "correct the parameter GITHUB_REPO, or what the token may do."
        )
    return UserError(f"GitHub answers: {error}"[:500])


def _finds_github():
    """Tell whether GitHub is at the address: what isn't there is 404 elsewhere too."""
    try:
        found = _client().requester.requestJsonAndCheck("GET", "/")[1]
    except (_pygithub.GithubException, _requests.RequestException, ValueError):
        return False
    return isinstance(found, dict) and "repository_url" in found


# -- Trello ----------------------------------------------------------------------------


def trello(method, path, **values):
    """Call Trello about a card, a label or an action; return None for a deleted one."""
    if not _re.fullmatch(r"(cards|labels|actions)[/\w]*", path):
        raise UserError(f"Only cards, labels and actions can be changed, not {path}.")
    return _trello(method, path, values)


def trello_board():
    """Return the server and the id of the board, however the parameter names it."""
    if not _lists():
        raise UserError("The board has no list: create one in Trello.")
    return f"{_server('TRELLO_API_URL')}/{_lists()[0]['idBoard']}"


def trello_lists():
    """Return the board's lists, archived ones too."""
    return _lists()


def trello_labels():
    """Return the board's labels."""
    return _board("labels", limit=1000)


def trello_cards():
    """Return description and labels of the board's cards, of archived ones too."""
    return _cards()


def trello_find_card(mark):
    """Return the card whose description ends with a mark, None if there is none."""
    for card in _cards():
        if card["desc"].endswith(f" {mark}"):
            return trello("GET", f"cards/{card['id']}")


def trello_create_label(name, color):
    """Create a label on the board and return it."""
    return _trello("POST", f"{_board_path()}/labels", {"name": name, "color": color})


def trello_add_webhook(url):
    """Let Trello report changes on the board to a URL."""
    trello_remove_webhook(url)
    board = trello_board().rpartition("/")[2]
    values = {"callbackURL": url, "idModel": board, "description": _CLIENT}
    _trello("POST", "webhooks", values)


def trello_remove_webhook(url):
    """Let Trello forget a URL."""
    hooks = _trello("GET", f"tokens/{secrets.TRELLO_TOKEN.strip()}/webhooks", {})
    if hooks is None:
        raise _nobody_there("Trello", "TRELLO_API_URL")
    for hook in hooks:
        if hook["callbackURL"] == url:
            _trello("DELETE", f"webhooks/{hook['id']}", {})


def _trello(method, path, values):
    log_transmission("Trello", f"{method} {path} {json.dumps(values)}")
    url = f"{_address('TRELLO_API_URL')}/{path}"
    where = "params" if method == "GET" else "json"
    # What has no values has no body either: a DELETE with one is refused by some.
    options = {where: values or None, "timeout": _TIMEOUT, "allow_redirects": False}
    try:
        answer = _session().request(method, url, **options)
    except _requests.RequestException as error:
        raise _absence("Trello", "TRELLO_API_URL", error) from None
    if answer.status_code in _GONE and method in ("GET", "DELETE"):
        return None
    return _read(answer)


def _board(what, **values):
    found = _trello("GET", f"{_board_path()}/{what}", values)
    if found is None and _trello("GET", "members/me", {"fields": "id"}) is None:
        raise _nobody_there("Trello", "TRELLO_API_URL")
    if found is None:
        raise UserError(
            f"Trello shows no board {params.TRELLO_BOARD_ID}: correct the parameter "
            "TRELLO_BOARD_ID, or what the token may do."
        )
    if not isinstance(found, list):
        raise _nobody_there("Trello", "TRELLO_API_URL")
    return found


def _board_path():
    board = params.get("TRELLO_BOARD_ID", "").strip()
    if not _re.fullmatch(r"[A-Za-z0-9]+", board):
        raise UserError(
            "Set the parameter TRELLO_BOARD_ID: the letters after /b/ in the address "
            "of the board."
        )
    return f"boards/{board}"


# What a job may ask for again and again, it asks only once.
@_functools.cache
def _lists():
    return _board("lists", filter="all")


@_functools.cache
def _cards():
    return _board("cards", filter="all", fields="desc,idLabels", limit=1000)


@_functools.cache
def _session():
    session = _requests.Session()
    # Not in the URLs, which error messages would show.
    session.headers["Authorization"] = (
        f'OAuth oauth_consumer_key="{params.TRELLO_KEY.strip()}", '
        f'oauth_token="{secrets.TRELLO_TOKEN.strip()}"'
    )
    session.headers["X-Trello-Client-Identifier"] = _CLIENT
    return session


def _read(answer):
    """Return the data of an answer; raise an error that says what to do about it."""
    if answer.is_redirect:
        error = f"it redirects to {answer.headers['Location']}"
        raise _elsewhere("Trello", "TRELLO_API_URL", error)
    if answer.status_code in _BUSY:
        raise _later("Trello", answer.status_code, answer.headers)
    if answer.status_code == 401:
        raise UserError(
            "Trello refuses us: correct the parameter TRELLO_KEY and the secret "
            f"TRELLO_TOKEN. ({answer.text[:200]})"
        )
    if answer.status_code == 400 and "on the card" in answer.text:
        return None  # somebody attached or detached the same label meanwhile
    if not answer.ok:
        raise UserError(f"Trello answers: {answer.status_code} {answer.text[:400]}")
    try:
        return answer.json()
    except ValueError:
        raise _nobody_there("Trello", "TRELLO_API_URL") from None


# -- both ------------------------------------------------------------------------------


def _address(key):
    address = params.get(key, "").strip().rstrip("/")
    if not _re.match(r"https?://\w", address):
        raise UserError(f"Set the parameter {key}, for example https://api.example.com")
    return address


def _server(key):
    return _urls.urlsplit(_address(key)).netloc.rpartition("@")[2].lower()


def _later(service, status, headers):
    """Return the error for a service that wants to be called later."""
    if status != 429:
        return RetryableJobError(f"{service} is in trouble: HTTP status {status}")
    wait = _seconds(headers, "retry-after") or _PAUSE[service]
    reset = _seconds(headers, "x-ratelimit-reset")
    if reset and headers.get("x-ratelimit-remaining") == "0":
        wait = max(reset + 1 - int(time.time()), 1)
    wait = min(wait, _LONGEST)
    # It is no failure of the job, so it is no attempt that counts.
    text = f"{service} takes no more calls for now: again in {wait} seconds"
    return RetryableJobError(text, wait, ignore_retry=True)


def _seconds(headers, name):
    """Return the number in a header, 0 if it has none."""
    found = _re.match(r"\d+", headers.get(name) or "")
    return int(found[0]) if found else 0


def _absence(service, key, error):
    """Return the error for a service that doesn't answer."""
    return RetryableJobError(
        f"{service} can't be reached now ({error}). If it isn't down, correct the "
        f"parameter {key}."
    )


def _nobody_there(service, key):
    """Return the error for an address where something else is."""
    return UserError(
        f"This is no {service}: {_address(key)}. Correct the parameter {key}."
    )


def _elsewhere(service, key, error):
    """Return the error for a service that names other addresses than we call."""
    return UserError(
        f"{service} names another address than the one we call ({error}). Set the "
        f"parameter {key} to it, with its scheme, host and port; now it is "
        f"{_address(key)}."
    )
