"""What the generated requests of `cargo xtask api` meet: real people, plans, items, and tokens of every role.

Schemathesis makes up requests from the API's document. Most ids that it makes up name nothing, and most of what it would
write fits no field. So this module fills a workspace first, and puts real ids and fitting bodies into three of four requests;
the rest stays as it was made up. What a request would use up (tokens, webhooks, people who are shut out) is made for it.
"""

import atexit
import collections
import json
import os
import random
import threading

import requests
import schemathesis

GIVEN = json.loads(os.environ["INTERLOCK_API_RUN"])
BASE = GIVEN["address"] + "/api/v1"
RANDOM = random.Random(GIVEN["seed"])
LOCK = threading.Lock()
COUNTS = collections.defaultdict(collections.Counter)
# Of so many made-up requests one stays as it was made up.
LEFT = 4
# Where webhooks may go: nobody listens.
NOWHERE = "http://127.0.0.1:9/in"


def session_of(secret):
    answer = requests.post(BASE + "/sign-in", json={"secret": secret}, timeout=30)
    answer.raise_for_status()
    return "interlock_session=" + answer.cookies["interlock_session"]


class Person:
    """Somebody with a session, and a token or none."""

    def __init__(self, given):
        self.email, self.role, self.token = given["email"], given["role"], given["token"]
        self.cookie = session_of(given["link"])
        self.id = self.ask("GET", "/me").json()["id"]

    def ask(self, method, path, body=None):
        headers = {"cookie": self.cookie}
        return requests.request(method, BASE + path, json=body, headers=headers, timeout=30)

    def make(self, path, body):
        answer = self.ask("POST", path, body)
        answer.raise_for_status()
        return answer.json() if answer.content else None


PEOPLE = [Person(given) for given in GIVEN["people"]]
# Who may nearly everything: several, because each may do only so much in a short time.
OWNERS = [person for person in PEOPLE if person.role == "client_executive"]
OTHERS = [person for person in PEOPLE if person.role != "client_executive"]
OWNER = OWNERS[0]
# Sign-in links of somebody who comes and goes: half of them are used by requests, half make sessions that requests end.
LINKS, LINKS_TO_END = GIVEN["links"][::2], GIVEN["links"][1::2]
NUMBERS = iter(range(10**9))


def number():
    with LOCK:
        return next(NUMBERS)


def prepare():
    """People who may go, teams, roles, contacts; what is there of the sample."""
    known = {"plan": GIVEN["plan"], "items": {}, "fields": {}, "kinds": {}}
    plan = "/plans/" + known["plan"]
    for person in OWNERS[1:]:
        OWNER.ask("PATCH", "/administration/people/" + person.id, {"administrator": True}).raise_for_status()
    for person in PEOPLE:
        if person is not OWNER and person.role:
            OWNER.ask("PUT", plan + "/members/" + person.id, {"role": person.role}).raise_for_status()
    for section in OWNER.ask("GET", plan + "/sections").json():
        name = section["id"]
        known["fields"][name] = [field["key"] for field in section["fields"]]
        for field in section["fields"]:
            known["kinds"][name, field["key"]] = field
        page = OWNER.ask("GET", f"{plan}/sections/{name}/items?limit=200").json()
        known["items"][name] = [item["id"] for item in page["items"]]
    known["teams"] = [OWNER.make("/teams", {"name": f"Team {n}"})["id"] for n in range(8)]
    known["webhooks"] = [webhook() for _ in range(8)]
    for hook in known["webhooks"]:
        OWNER.ask("POST", f"/webhooks/{hook}/ping")
    return known


def webhook():
    new = {"url": NOWHERE, "plans": [GIVEN["plan"]], "kinds": ["plan.edited", "plan.control"]}
    answer = OWNER.ask("POST", "/webhooks", new)
    return answer.json()["webhook"]["id"] if answer.status_code == 201 else None


def newcomer():
    person = {"email": f"victim-{number()}@example.com", "name": "Victim"}
    return RANDOM.choice(OWNERS).make("/administration/people", person)


def spare_plan():
    plan = OWNER.make("/plans", {"name": f"Spare {number()}", "everyone": "seller"})["id"]
    for person in OWNERS[1:]:
        OWNER.ask("PUT", f"/plans/{plan}/members/{person.id}", {"role": "client_executive"})
    return plan


def spare_contact():
    path = f"/plans/{KNOWN['plan']}/sections/people/items"
    return RANDOM.choice(OWNERS).make(path, {"fields": {"title": f"Contact {number()}", "orientation": "business"}})["id"]


KNOWN = prepare()
POOLS = {
    "people": [newcomer() for _ in range(40)],
    "plans": [spare_plan() for _ in range(12)],
    "contacts": [spare_contact() for _ in range(20)],
}


def pick(many):
    return RANDOM.choice(many) if many else None


def value_for(section, field):
    """Something that a field takes, most of the time."""
    kind = KNOWN["kinds"][section, field]
    name, choices, to = kind["kind"], kind["choices"], kind["to"]
    low, high = kind["range"] or [0, 5]
    item = pick(KNOWN["items"][pick(to) or section])
    fitting = {
        "prose": [{"text": f"Words {number()}"}],
        "choice": pick(choices),
        "choices": [pick(choices)],
        "date": f"2026-{RANDOM.randrange(1, 13):02}-{RANDOM.randrange(1, 29):02}",
        "money": f"{RANDOM.randrange(10**9)} EUR",
        "whole": RANDOM.randint(int(low), int(high)),
        "flag": RANDOM.random() < 0.5,
        "seller": RANDOM.choice(PEOPLE).id,
        "sellers": [RANDOM.choice(PEOPLE).id],
        "item": item,
        "items": [{"target": item, "note": None}],
    }
    return fitting.get(name, f"Line {number()}")


def fields_for(section):
    fields = [field for field in KNOWN["fields"][section] if KNOWN["kinds"][section, field]["kind"] != "rank"]
    fields = RANDOM.sample(fields, k=min(2, len(fields)))
    return {field: value_for(section, field) for field in fields}


def body_for(operation, path):
    """A body that may do something; None: the one that was made up stays."""
    section = path.get("section", "actions")
    section = section if section in KNOWN["fields"] else "actions"
    role = RANDOM.choice(["facilitator", "seller", "political", "expert", "sales_manager", "observer"])
    bodies = {
        "createItem": lambda: {"fields": fields_for(section)},
        "changeItem": lambda: {"fields": fields_for(section)},
        "setField": lambda: {"value": value_for(section, path.get("field", "title"))}
        if (section, path.get("field")) in KNOWN["kinds"]
        else None,
        "restore": lambda: {
            "seq": RANDOM.randrange(150, 215),
            "item": {"section": section, "item": pick(KNOWN["items"][section])},
        },
        "createPlan": lambda: {"name": f"Plan {number()}", "everyone": pick(["seller", "observer", None])},
        "copyPlan": lambda: {"name": f"Copy {number()}"},
        "changePlan": lambda: {"name": f"Plan {number()}", "archived": False},
        "setStage": lambda: {"stage": pick(["pre_work", "workshop", "execution"])},
        "setEveryone": lambda: {"role": pick(["seller", "observer", None])},
        "giveRole": lambda: {"role": role},
        "invite": lambda: {"email": f"guest-{number() % 400}@example.com", "role": role, "note": "Come"},
        "answerInvitation": lambda: {"reply": pick(["accepted", "declined"]), "note": ""},
        "assignPlan": lambda: {"to": RANDOM.choice(PEOPLE).id, "team": pick(KNOWN["teams"]), "due": "2026-12-24"},
        "makeTeam": lambda: {"name": f"Team {number()}"},
        "renameTeam": lambda: {"name": f"Team {number()}"},
        "setTeamMember": lambda: {"manager": RANDOM.random() < 0.5},
        "makeToken": lambda: {"name": "t", "scopes": ["read"], "plans": None, "expires": 1_893_456_000_000},
        "addPerson": lambda: {"email": f"new-{number()}@example.com", "name": "New"},
        "changePerson": lambda: {"guest": RANDOM.random() < 0.5, "active": RANDOM.random() < 0.7},
        "eraseContact": lambda: {"part": pick(["contact", "personality"])},
        "createWebhook": lambda: {"url": NOWHERE, "plans": [KNOWN["plan"]], "kinds": ["plan.edited"]},
        "signIn": lambda: {"secret": LINKS.pop()} if LINKS else None,
        "renameMe": lambda: {"name": f"Name {number()}"},
    }
    return bodies[operation]() if operation in bodies else None


# Operations that would spoil the sample's plan, or the people who ask, for those that come after.
ON_SPARE_PLANS = {
    "assignPlan",
    "changePlan",
    "giveRole",
    "setEveryone",
    "setStage",
    "takeRole",
    "unassignPlan",
    "withdrawInvitation",
}
ON_NEWCOMERS = {"takeRole", "giveRole", "changePerson", "setTeamMember", "removeTeamMember", "withdrawInvitation"}


def person_for(operation):
    if operation in ON_NEWCOMERS:
        return RANDOM.choice(POOLS["people"])["id"]
    return RANDOM.choice(PEOPLE).id


def invited_to(who):
    """A plan that they are invited to, now."""
    plan = RANDOM.choice(POOLS["plans"])
    OWNER.ask("DELETE", f"/plans/{plan}/members/{who.id}")
    OWNER.ask("POST", f"/plans/{plan}/invitations", {"email": who.email, "role": "seller"})
    return plan


def invited_by(plan):
    """Somebody who was invited to a plan, now."""
    person = RANDOM.choice(POOLS["people"])
    OWNER.ask("POST", f"/plans/{plan}/invitations", {"email": person["email"], "role": "seller"})
    return person["id"]


def delivery_of(hook):
    log = OWNER.ask("GET", f"/webhooks/{hook}/deliveries").json()
    return log[0]["id"] if isinstance(log, list) and log else None


def token_to_revoke(who):
    made = who.make("/tokens", {"name": "v", "scopes": ["read"], "plans": None, "expires": None})
    return made["token"]["id"]


def path_for(operation, path, who):
    """Real ids in the place of made-up ones; what would be used up is made for it."""
    if "plan" in path:
        path["plan"] = RANDOM.choice(POOLS["plans"]) if operation in ON_SPARE_PLANS else KNOWN["plan"]
        if operation == "answerInvitation":
            path["plan"] = invited_to(who)
    if "section" in path:
        path["section"] = pick([name for name, items in KNOWN["items"].items() if items])
        if operation == "createItem":
            path["section"] = pick(["actions", "opportunities", "people", "initiatives"])
    if "item" in path:
        items = KNOWN["items"].get(path.get("section", "people"), [])
        contact = "section" not in path
        path["item"] = pick(POOLS["contacts"]) if contact else pick(items)
    if "field" in path:
        path["field"] = pick(KNOWN["fields"][path["section"]])
    if "person" in path:
        path["person"] = person_for(operation)
        if operation == "withdrawInvitation":
            path["person"] = invited_by(path["plan"])
        if operation == "takeRole":
            OWNER.ask("PUT", f"/plans/{path['plan']}/members/{path['person']}", {"role": "seller"})
    if "team" in path:
        path["team"] = pick(KNOWN["teams"])
        if operation == "removeTeamMember":
            OWNER.ask("PUT", f"/teams/{path['team']}/members/{path['person']}", {"manager": False})
        if operation == "removeTeam":
            path["team"] = OWNER.make("/teams", {"name": f"Team {number()}"})["id"]
    if "webhook" in path:
        path["webhook"] = pick(KNOWN["webhooks"])
        if operation == "deleteWebhook":
            path["webhook"] = webhook() or path["webhook"]
    if "delivery" in path:
        path["delivery"] = delivery_of(path["webhook"]) or path["delivery"]
    if operation == "revokeToken":
        path["token"] = token_to_revoke(who)


def session_to_end():
    with LOCK:
        return session_of(LINKS_TO_END.pop()) if LINKS_TO_END else None


def asker(operation):
    """Mostly who may, sometimes who may not; a session where a token is not enough."""
    if operation in {"answerInvitation", "listInvitations"}:
        return RANDOM.choice(OTHERS), True
    if operation in {"makeToken", "signOut"}:
        return RANDOM.choice(OWNERS), True
    who = RANDOM.choice(OWNERS) if RANDOM.random() < 0.7 else RANDOM.choice(OTHERS)
    return who, not who.token or RANDOM.random() < 0.3


def sign(case, operation, who, by_session):
    case.headers = dict(case.headers or {})
    for name in ("Authorization", "authorization", "Cookie", "cookie"):
        case.headers.pop(name, None)
    case.cookies = {}
    if RANDOM.random() < 0.03:
        return
    if operation == "signOut":
        # It ends the session: one that is there for it, or of nobody.
        case.headers["Cookie"] = session_to_end() or "interlock_session=none"
    elif by_session:
        case.headers["Cookie"] = who.cookie
    else:
        case.headers["Authorization"] = "Bearer " + who.token


def query_for(operation, query):
    """Moments that were."""
    first = RANDOM.randrange(1, 100)
    if operation == "getChangesBetween":
        query.clear()
        query.update({"from_seq": first, "to_seq": first + RANDOM.randrange(100)})
    elif operation == "getPlanAsOf":
        query.clear()
        query.update({"seq": first})
    for name in ("cursor", "after", "before", "cell", "item"):
        if RANDOM.random() < 0.8:
            query.pop(name, None)


def operation_of(case):
    return case.operation.definition.raw.get("operationId", case.operation.label)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = operation_of(case)
    who, by_session = asker(operation)
    sign(case, operation, who, by_session)
    made_up = RANDOM.randrange(LEFT) == 0
    path = dict(case.path_parameters or {})
    # Nobody who asks, and no token of theirs, is made worthless by chance: ids that are made up name nothing.
    if not made_up:
        path_for(operation, path, who)
        body = body_for(operation, path)
        if body is not None:
            case.body = body
            case.media_type = "application/json"
        case.path_parameters = path
        for name in ("If-Match", "if-match"):
            if RANDOM.random() < 0.8:
                case.headers.pop(name, None)
        case.query = dict(case.query or {})
        query_for(operation, case.query)


@schemathesis.hook
def after_call(context, case, response):
    with LOCK:
        COUNTS[operation_of(case)][response.status_code] += 1


def told(names):
    return f"{len(names)}: {', '.join(sorted(names))}" if names else "0"


@atexit.register
def tell():
    """What the requests met, by operation, and what no request met."""
    if not COUNTS:
        return
    classes = collections.Counter()
    for counter in COUNTS.values():
        for status, count in counter.items():
            classes[status] += count
    every = {name: sum(counter.values()) for name, counter in COUNTS.items()}
    good = {name: sum(n for status, n in counter.items() if status < 400) for name, counter in COUNTS.items()}
    print(f"\n{sum(every.values())} requests, seed {GIVEN['seed']}, to {len(COUNTS)} operations")
    print("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(classes.items())))
    print("operations that were never answered with a success: " + told([name for name in every if not good[name]]))
    print("fewer than one in ten: " + told([name for name in every if good[name] and good[name] * 10 < every[name]]))
    with open(GIVEN["counts"], "w", encoding="utf-8") as file:
        json.dump({name: dict(sorted(counter.items())) for name, counter in sorted(COUNTS.items())}, file, indent=1)
