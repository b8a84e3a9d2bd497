"""`GET /flags`: the flags as evaluated for whoever asks, where they ask."""

from tests.factories.flags import flag_rule

URL = "/api/v1/flags"


def _shown(client):
    answer = client.get(URL)
    assert answer.status_code == 200
    return answer.json()["data"]["flags"]


def test_person_sees_what_is_on_for_them_in_this_organisation(db, acme, globex, make_person, api):
    ada, bob = make_person(acme), make_person(globex)
    flag_rule("self_signup", 100, tenant=acme)
    assert _shown(api(ada, acme))["self_signup"] is True
    assert _shown(api(bob, globex))["self_signup"] is False
    flag_rule("self_signup", 100, user=bob)
    assert _shown(api(bob, globex))["self_signup"] is True


def test_anonymous_is_asked_to_sign_in(db, acme, anonymous_api):
    answer = anonymous_api(acme).get(URL)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "authentication_failed")


def test_flags_can_not_be_written_through_the_api(db, acme, make_person, api):
    answer = api(make_person(acme, "admin"), acme).post(URL, {"flags": {"self_signup": True}}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
