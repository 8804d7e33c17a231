"""The official Python clients of Green, classic and Tea, against the running stack, over HTTP."""

import json

import pytest
from alibabacloud_green20180509.client import Client as TeaClient
from alibabacloud_green20180509.models import GetGroupsRequest as TeaGetGroupsRequest
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkgreen.request.v20180509.AddGroupsRequest import AddGroupsRequest
from aliyunsdkgreen.request.v20180509.AddPersonRequest import AddPersonRequest
from aliyunsdkgreen.request.v20180509.DeleteGroupsRequest import DeleteGroupsRequest
from aliyunsdkgreen.request.v20180509.DeletePersonRequest import DeletePersonRequest
from aliyunsdkgreen.request.v20180509.GetGroupsRequest import GetGroupsRequest
from aliyunsdkgreen.request.v20180509.GetPersonRequest import GetPersonRequest
from aliyunsdkgreen.request.v20180509.GetPersonsRequest import GetPersonsRequest
from aliyunsdkgreen.request.v20180509.SetPersonRequest import SetPersonRequest

from tests.support.green import Refused, data_of


@pytest.fixture
def call(stack, keys):
    """Call an operation with the classic client; return its data."""
    client = AcsClient(*keys, "cn-shanghai")

    def call(request, body=None, client_info=None):
        request.set_endpoint(stack.url)
        request.set_accept_format("JSON")
        if body is not None:
            request.set_content(json.dumps(body).encode())
        if client_info is not None:
            request.set_ClientInfo(client_info)
        return data_of(json.loads(client.do_action_with_exception(request)))

    return call


@pytest.fixture
def tea(stack, keys):
    key_id, secret = keys
    endpoint = stack.url.removeprefix("http://")
    return TeaClient(Config(access_key_id=key_id, access_key_secret=secret, endpoint=endpoint, protocol="HTTP"))


def refusal(call, request, body=None):
    """Status, `Code` and message: as the client raises them or, for errors with HTTP 200, from the body."""
    with pytest.raises((ServerException, Refused)) as refused:
        call(request, body)
    if isinstance(refused.value, Refused):
        return 200, *refused.value.args[1:]
    return refused.value.get_http_status(), refused.value.get_error_code(), refused.value.get_error_msg()


# --- every operation --------------------------------------------------------------------------------------------------


def test_the_life_of_a_person(call):
    person = {"personId": "ann", "groupIds": ["staff", "guests"], "name": "Ann", "note": "Reception 人"}
    assert call(AddPersonRequest(), person) == {"code": 200, "personId": "ann", "groupIds": ["staff", "guests"]}
    assert call(SetPersonRequest(), {"personId": "ann", "note": "Front desk"}) == {"code": 200, "personId": "ann"}
    assert call(GetPersonRequest(), {"personId": "ann"}) == {
        "code": 200,
        "personId": "ann",
        "name": "Ann",
        "groupIds": ["guests", "staff"],
        "faceIds": [],
        "note": "Front desk",
    }
    assert call(DeletePersonRequest(), {"personId": "ann"}) == {"code": 200, "personId": "ann", "deleteCount": 1}
    assert refusal(call, GetPersonRequest(), {"personId": "ann"})[0] == 200


def test_groups_and_their_persons(call):
    for number in range(3):
        call(AddPersonRequest(), {"personId": f"p{number}", "groupIds": ["staff"]})
    call(AddPersonRequest(), {"personId": "bob", "groupIds": ["night"]})
    assert call(GetGroupsRequest())["groupIds"] == ["night", "staff"]
    assert call(AddGroupsRequest(), {"personId": "p0", "groupIds": ["night"]})["groupIds"] == ["night", "staff"]
    assert call(DeleteGroupsRequest(), {"personId": "p2", "groupIds": ["staff"]})["groupIds"] == []
    staff = call(GetPersonsRequest(), {"groupId": "staff", "pageSize": 10, "currentPage": 1})
    assert (staff["personIds"], staff["currentPage"], staff["pageSize"]) == (["p0", "p1"], 1, 10)
    night = call(GetPersonsRequest(), {"groupId": "night", "pageSize": 1})
    assert (night["personIds"], night["totalCount"]) == (["bob"], 2)
    rest = call(GetPersonsRequest(), {"groupId": "night", "pageSize": 1, "cursor": night["nextCursor"]})
    assert (rest["personIds"], rest["nextCursor"]) == (["p0"], "")


def test_client_info_is_tolerated(call):
    info = json.dumps({"userId": "120234234", "userNick": "Mike", "userType": "others"})
    assert call(GetGroupsRequest(), {}, info) == {"code": 200, "groupIds": []}


def test_the_same_write_twice_in_one_second_is_answered_twice(call):
    call(AddPersonRequest(), {"personId": "ann", "groupIds": ["staff"]})
    answers = [call(SetPersonRequest(), {"personId": "ann", "name": "Ann"}) for _ in range(3)]
    assert [answer["code"] for answer in answers] == [200, 200, 200]


def test_the_tea_client_is_answered(call, tea):
    call(AddPersonRequest(), {"personId": "ann", "groupIds": ["staff"]})
    tea.get_groups(TeaGetGroupsRequest())  # its response model has no fields; a refusal raises
    answer = tea_call(tea, "/green/sface/person", {"personId": "ann"})
    assert (answer["statusCode"], answer["body"]["data"]["personId"]) == (200, "ann")


def tea_call(tea, path, body):
    """Tea's own client has no bodies for these operations, but its core can send them."""
    params = Params(
        action="GetPerson",
        version="2018-05-09",
        protocol="HTTP",
        pathname=path,
        method="POST",
        auth_type="AK",
        style="ROA",
        req_body_type="json",
        body_type="json",
    )
    return tea.call_api(params, OpenApiRequest(body=body), RuntimeOptions())


# --- errors -----------------------------------------------------------------------------------------------------------


def test_the_clouds_own_messages_reach_the_classic_client(call):
    person = {"personId": "ann", "groupIds": ["staff"]}
    call(AddPersonRequest(), person)
    assert refusal(call, AddPersonRequest(), person) == (200, "InvalidParam.PersonExists", "The person is exist!")
    gone = (200, "InvalidParam.PersonNotExists", "The person is not exist!")
    assert refusal(call, DeletePersonRequest(), {"personId": "nobody"}) == gone


@pytest.mark.parametrize(
    ("request_class", "body", "expected"),
    [
        (AddPersonRequest, {"personId": "a b", "groupIds": ["g"]}, (200, "InvalidParam.FieldInvalid")),
        (GetPersonRequest, [], (200, "InvalidParam.BodyNotJson")),
        (GetPersonsRequest, {"groupId": "nowhere"}, (200, "InvalidParam.GroupNotExists")),
    ],
)
def test_client_errors_are_identified_by_code(call, request_class, body, expected):
    assert refusal(call, request_class(), body)[:2] == expected


def test_joining_a_group_that_does_not_exist(call):
    call(AddPersonRequest(), {"personId": "ann", "groupIds": ["staff"]})
    status, code, message = refusal(call, AddGroupsRequest(), {"personId": "ann", "groupIds": ["nowhere"]})
    assert (status, code) == (200, "InvalidParam.GroupNotExists") and "nowhere" in message


def test_a_wrong_secret_is_answered_with_the_string_that_the_client_signed(stack, keys):
    request = GetGroupsRequest()
    request.set_endpoint(stack.url)
    with pytest.raises(ServerException) as refused:
        AcsClient(keys[0], "wrong", "cn-shanghai").do_action_with_exception(request)
    assert (refused.value.get_http_status(), refused.value.get_error_code()) == (400, "SignatureDoesNotMatch")
    assert refused.value.get_error_msg().partition(":")[2] == request.string_to_sign


def test_the_tea_client_reads_the_code(tea):
    body = tea_call(tea, "/green/sface/person", {"personId": "nobody"})["body"]
    assert (body["code"], body["Code"]) == (400, "InvalidParam.PersonNotExists")


def test_an_unknown_path_is_an_unknown_operation(call):
    request = GetGroupsRequest()
    request.set_uri_pattern("/green/sface/people")
    assert refusal(call, request)[:2] == (404, "InvalidAction.NotFound")


def test_a_get_is_an_unknown_operation(call):
    request = GetGroupsRequest()
    request.set_method("GET")
    assert refusal(call, request)[:2] == (404, "InvalidAction.NotFound")
